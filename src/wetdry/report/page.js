"use strict";
(() => {
  const root = document.documentElement;
  const configs = JSON.parse(document.getElementById("themes").textContent);
  const system = matchMedia("(prefers-color-scheme: dark)");
  const theme = () => root.dataset.theme || (system.matches ? "dark" : "light");

  // Players: one at a time; another one of the same clip takes over at the same moment.
  const players = [...document.querySelectorAll("audio")];
  for (const player of players) {
    player.addEventListener("play", () => {
      for (const other of players) {
        if (other === player || other.paused) continue;
        if (other.closest(".players") === player.closest(".players")) player.currentTime = other.currentTime;
        other.pause();
      }
    });
    for (const change of ["play", "pause"]) player.addEventListener(change, () => tell());
  }
  for (const select of document.querySelectorAll(".player select")) {
    const row = select.closest(".player");
    const player = row.querySelector("audio");
    select.selectedOptions[0].value = player.src;
    select.addEventListener("change", () => {
      const { paused, currentTime } = player;
      const chosen = select.selectedOptions[0];
      player.src = chosen.value;
      player.setAttribute("aria-label", chosen.dataset.label);
      row.querySelector(".detail").textContent = chosen.dataset.detail;
      player.currentTime = currentTime;
      if (!paused) player.play();
      tell();
    });
  }

  // Sounds: a point of a chart plays a player, or one level of a player. What plays is asked of the players, so it
  // is right whichever way it was started, and whether or not the chart has been drawn anew since.
  const sounds = new Map([...document.querySelectorAll("[data-sound]")].map((element) => {
    const option = element.matches("option") ? element : null;
    const player = element.closest(".player").querySelector("audio");
    const clip = element.closest(".players").getAttribute("aria-label");
    const label = option ? option.dataset.label : player.getAttribute("aria-label");
    return [element.dataset.sound, { player, option, name: `${clip}, ${label}` }];
  }));
  const lines = [...document.querySelectorAll(".listen")].map((line) => {
    const { datasets } = JSON.parse(line.closest("figure").querySelector("script").textContent);
    return { line, keys: new Set(Object.values(datasets).flat().map((datum) => datum.sound)) };
  });

  function playing() {
    for (const [key, { player, option }] of sounds) {
      if (!player.paused && (!option || option.selected)) return key;
    }
    return null;
  }

  function tell() {
    const key = playing();
    for (const { line, keys } of lines) {
      const here = key !== null && keys.has(key);
      line.classList.toggle("playing", here);
      line.textContent = here
        ? `Playing ${sounds.get(key).name}. Press the point again to stop.`
        : "Press a large point to hear it.";
    }
  }

  function press(key) {
    const { player, option } = sounds.get(key);
    if (key === playing()) {
      player.pause();
      return;
    }
    if (option && !option.selected) {
      option.selected = true;
      option.parentElement.dispatchEvent(new Event("change"));
    }
    // From the start, unless it takes over from another version of the same clip.
    const group = player.closest(".players");
    if (players.every((other) => other.paused || other.closest(".players") !== group)) player.currentTime = 0;
    player.play().catch(tell);
  }
  tell();

  // A line or an area is one item for all of its data, so a press on it means none of them.
  const JOINED = ["line", "area", "trail"];
  const soundOf = (item) => (item && !JOINED.includes(item.mark.marktype) && item.datum?.sound) || null;

  function makeAudible(figure, view) {
    if (!figure.querySelector(".listen")) return;
    view.addEventListener("click", (event, item) => { if (soundOf(item)) press(soundOf(item)); });
    // One stop of the tab key a chart: within it the arrow keys go from point to point.
    const points = [...figure.querySelectorAll(".chart path")].filter((path) => soundOf(path.__data__));
    const focus = (index) => {
      for (const point of points) point.setAttribute("tabindex", -1);
      points[index].setAttribute("tabindex", 0);
    };
    figure.querySelector(".chart").setAttribute("role", "group");
    points.forEach((point, index) => {
      const key = soundOf(point.__data__);
      point.setAttribute("role", "button");
      point.setAttribute("aria-label", `Play ${sounds.get(key).name}`);
      point.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (step) {
          const next = (index + step + points.length) % points.length;
          focus(next);
          points[next].focus();
        } else if (event.key === "Enter" || event.key === " ") {
          press(key);
        } else {
          return;
        }
        event.preventDefault();
      });
    });
    if (points.length) focus(0);
  }

  // Charts. A chart of width "container" fits itself. A facet gets as many columns as its narrowest panel allows;
  // its panels, and charts one below the other, are as wide as axes and labels leave room for, which a trial tells.
  // A title of the whole is wrapped, letters of its size being about LETTER pixels wide.
  const GAP = 20;
  const LETTER = 6.6;

  function fit(spec, width, reserved, narrowest, inner = false) {
    let faceted = false;
    if (spec.facet && spec.columns && spec.spec) {
      const gap = spec.spacing?.column ?? spec.spacing ?? GAP;
      const room = Math.floor((width - reserved + gap) / (narrowest + gap));
      spec.columns = Math.max(1, Math.min(spec.columns, room));
      spec.spec.width = Math.max(60, (width - reserved - gap * (spec.columns - 1)) / spec.columns);
      faceted = true;
    }
    if (inner && (spec.layer || spec.mark)) {
      spec.width = Math.max(60, width - reserved);
      faceted = true;
    }
    for (const part of [...(spec.vconcat ?? []), ...(spec.concat ?? [])]) {
      faceted = fit(part, width, reserved, narrowest, true) || faceted;
    }
    return faceted;
  }

  function wrap(title, width) {
    if (typeof title?.text !== "string") return;
    title.text = title.text.split(" ").reduce((rows, word) => {
      const longer = rows.length ? `${rows[rows.length - 1]} ${word}` : word;
      if (rows.length && longer.length * LETTER <= width) rows[rows.length - 1] = longer;
      else rows.push(word);
      return rows;
    }, []);
  }

  function config(columns) {
    const { legend, ...rest } = configs[theme()];
    return { ...rest, legend: { ...legend, columns } };
  }

  // Narrower panels do not make room for a legend, so that it is given fewer columns first.
  function hasWiderLegend(box, width) {
    const end = box.getBoundingClientRect().left + width;
    return [...box.querySelectorAll(".role-legend")].some((legend) => legend.getBoundingClientRect().right > end);
  }

  const drawn = new Map();

  async function draw(figure) {
    const box = figure.querySelector(".chart");
    const source = figure.querySelector("script").textContent;
    const width = box.clientWidth;
    let reserved = 60;
    let { columns } = configs[theme()].legend;
    let narrowest;
    let last = Infinity;
    for (let trial = 0; trial < 12; trial++) {
      const spec = JSON.parse(source);
      wrap(spec.title, width);
      narrowest ??= spec.usermeta?.panel ?? 200;
      const faceted = fit(spec, width, reserved, narrowest);
      drawn.get(figure)?.finalize();
      drawn.set(figure, await vegaEmbed(box, spec, {
        mode: "vega-lite", renderer: "svg", actions: false, config: config(columns), tooltip: { theme: theme() },
      }));
      if (columns > 1 && hasWiderLegend(box, width)) {
        columns -= 1;
        continue;
      }
      const excess = box.querySelector("svg").getBoundingClientRect().width - width;
      if (!faceted || (excess <= 0 && excess > -6)) break;
      if (excess > 0 && excess >= last && narrowest < width) {
        // Names above panels are wider than these: fewer a row.
        narrowest *= 1.25;
        reserved = 60;
        last = Infinity;
        continue;
      }
      last = excess > 0 ? excess : Infinity;
      reserved += excess + 2;
    }
    box.dataset.width = width;
    makeAudible(figure, drawn.get(figure).view);
  }

  const figures = [...document.querySelectorAll("figure")];
  let drawing = Promise.resolve();

  function drawAll(which = figures) {
    for (const figure of which) {
      drawing = drawing.then(() => draw(figure)).catch((reason) => {
        figure.classList.add("failed");
        console.error(reason);
      });
    }
  }

  for (const figure of figures) {
    const save = figure.querySelector(".save");
    save.href = figure.querySelector(".static").src;
    save.hidden = false;
  }
  drawAll();

  let settled;
  const resized = new ResizeObserver(() => {
    clearTimeout(settled);
    settled = setTimeout(() => drawAll(figures.filter((figure) => {
      const { clientWidth, dataset } = figure.querySelector(".chart");
      return clientWidth && dataset.width && Math.abs(clientWidth - dataset.width) > 2;
    })), 150);
  });
  for (const figure of figures) resized.observe(figure.querySelector(".chart"));

  // Theme
  const button = document.getElementById("theme");
  const show = () => button.setAttribute("aria-pressed", String(theme() === "dark"));
  button.addEventListener("click", () => {
    root.dataset.theme = theme() === "dark" ? "light" : "dark";
    try { localStorage.setItem("wetdry-theme", root.dataset.theme); } catch (blocked) { /* this page only */ }
    show();
    drawAll();
  });
  system.addEventListener("change", () => { show(); drawAll(); });
  show();
})();
