"""A run on a Ray cluster in which something is struck: `python struck_run.py KIND SINCE DELAY SONGS STORE`.

KIND is `worker`, `node` (of two), or `caller`: then who started this strikes whatever it wants to. The strike falls
DELAY seconds after the workers have `begun` or, if SINCE says so, the first of them has `published`; the line "struck"
tells of it, before a caller's and after the others. What a user would be told of a run that ended early is printed
after "wetdry: ", and the exit status is then 2.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import clustered
import psutil
import ray
from ray.cluster_utils import Cluster

from wetdry.errors import WetdryError
from wetdry.extract import run
from wetdry.extract.cluster import RayEngine, crew
from wetdry.store import Store

CLIPS, LEVELS, REST = 24, 2, 0.02


def workers() -> list[psutil.Process]:
    """The processes of this run's workers."""
    mine = psutil.Process().children(recursive=True)
    return [process for process in mine if process.name().startswith("ray::Worker")]


def main() -> int:
    kind, since, delay, songs, store = *sys.argv[1:3], float(sys.argv[3]), Path(sys.argv[4]), Store(sys.argv[5])
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    second = cluster.add_node(num_cpus=1)
    ray.init(address=cluster.address, log_to_driver=False)

    def strike() -> None:
        time.sleep(delay)
        if kind == "worker":
            os.kill(workers()[0].pid, signal.SIGKILL)
        elif kind == "node":
            # Its raylet and its worker, without a word to anybody.
            cluster.remove_node(second, allow_graceful=False)
        print("struck", flush=True)  # noqa: T201

    hear = crew.Crew.hear
    striking: list[threading.Thread] = []

    def told(self, seconds):
        is_busy = self.is_busy
        news = hear(self, seconds)
        if (is_busy if since == "begun" else news.back) and not striking:
            striking.append(threading.Thread(target=strike, daemon=True))
            striking[0].start()
        return news

    crew.Crew.hear = told
    # The second worker of a cluster that has lost a node has no place any more: the other does its work.
    plan = clustered.plan(clustered.opened(songs), LEVELS, clustered.Peaks(rest=REST))
    ended = 0
    try:
        run(plan, store, engine=RayEngine(workers=2))
    except WetdryError as error:
        print(f"wetdry: {error}", flush=True)  # noqa: T201
        ended = error.exit_code
    if kind == "caller":
        # A run may be over sooner; whoever strikes it is told all the same.
        striking[0].join()
    ray.shutdown()
    if kind != "node":
        cluster.shutdown()
    return ended


if __name__ == "__main__":
    sys.exit(main())
