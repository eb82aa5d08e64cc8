"use strict";
(() => {
  const test = JSON.parse(document.getElementById("test").textContent);
  const SCALES = ["valence", "arousal"];
  const SECTIONS = { welcome: "welcome", volume: "volume", practice: "item", items: "item", finish: "finish" };
  const PLACE = `wetdry-listening-${test.test}`;
  const given = new URLSearchParams(location.search);
  const $ = (id) => document.getElementById(id);

  // What has been answered so far; kept in the browser where it allows that, so that a reload loses nothing.
  let state = null;
  let forgetful = false;

  function keep() {
    clockIn();
    try { localStorage.setItem(PLACE, JSON.stringify(state)); } catch { forgetful = true; }
  }

  function recalled() {
    let found = null;
    try { found = JSON.parse(localStorage.getItem(PLACE)); } catch { return null; }
    return found && found.order?.length === test.sounds.length && found.current && found.answers ? found : null;
  }

  function forget() {
    try { localStorage.removeItem(PLACE); } catch { forgetful = true; }
  }

  function randomNumber() {
    return crypto.getRandomValues(new Uint32Array(1))[0];
  }

  // Mulberry32: small, and the same in every browser, so that an order can be made again from its seed.
  function generator(seed) {
    let a = seed >>> 0;
    return () => {
      a = (a + 0x6d2b79f5) >>> 0;
      let t = Math.imul(a ^ (a >>> 15), a | 1);
      t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  function orderFrom(seed) {
    const random = generator(seed);
    const rest = test.sounds.slice();
    for (let k = rest.length - 1; k > 0; k--) {
      const other = Math.floor(random() * (k + 1));
      [rest[k], rest[other]] = [rest[other], rest[k]];
    }
    return apart(rest).map((sound) => sound.id);
  }

  // The shuffled order, changed where one clip would come twice in a row. A clip that makes up more than half of what
  // is left must come now, or it could not be kept apart later.
  function apart(rest) {
    const order = [];
    let last = null;
    while (rest.length) {
      const left = new Map();
      for (const { clip } of rest) left.set(clip, (left.get(clip) || 0) + 1);
      const others = rest.filter((sound) => sound.clip !== last);
      const next = others.find((sound) => 2 * left.get(sound.clip) > rest.length) || others[0] || rest[0];
      rest.splice(rest.indexOf(next), 1);
      order.push(next);
      last = next.clip;
    }
    return order;
  }

  function blank(sound) {
    return { sound, valence: null, arousal: null, quadrant: null, plays: 0, whole: 0, heard_seconds: 0, seconds: 0 };
  }

  // Playing. One sound at a time, always from its start.
  const audio = new Audio();
  const ahead = new Audio();
  ahead.preload = audio.preload = "auto";
  let current = blank("");

  const address = (sound) => `${test.folder}/${sound}.flac`;
  const playing = () => !audio.paused && !audio.ended;
  const player = () => document.querySelector("section:not([hidden]) .play");

  function load(record) {
    stop();
    current = record;
    audio.src = address(record.sound);
    showPlaying();
  }

  function stop() {
    if (!playing()) return;
    current.heard_seconds += audio.currentTime;
    audio.pause();
    audio.currentTime = 0;
  }

  function toggle() {
    say("");
    if (playing()) { stop(); return; }
    if (audio.error) audio.load();
    audio.currentTime = 0;
    current.plays += 1;
    audio.play().catch((reason) => { if (reason.name !== "AbortError") cannotPlay(); });
  }

  function cannotPlay() {
    say("This sound cannot be played. Is the folder “sounds” beside this page? Press Play to try again.");
  }

  function showPlaying() {
    const button = player();
    if (!button) return;
    button.textContent = playing() ? "■ Stop" : current.whole ? "▶ Play again" : "▶ Play";
    button.parentElement.querySelector(".state").textContent =
      playing() ? "Playing" : current.whole ? "Heard to the end" : "Not yet heard to the end";
  }

  audio.addEventListener("ended", () => {
    current.whole += 1;
    current.heard_seconds += audio.duration;
    keep();
    showPlaying();
  });
  audio.addEventListener("error", () => { if (audio.getAttribute("src")) cannotPlay(); });
  for (const event of ["play", "pause"]) audio.addEventListener(event, showPlaying);
  audio.addEventListener("timeupdate", () => {
    const bar = document.querySelector("section:not([hidden]) .playing");
    if (bar) bar.value = audio.duration ? audio.currentTime / audio.duration : 0;
  });

  // Time is counted while the page is open, without dates.
  let since = performance.now();
  function clockIn() {
    const now = performance.now();
    const seconds = (now - since) / 1000;
    since = now;
    if (!state) return;
    state.seconds += seconds;
    if (state.stage === "items") current.seconds += seconds;
  }

  // Answering.
  const signed = (value) => (value < 0 ? "−" : value > 0 ? "+" : "") + Math.abs(value).toFixed(2);

  function valueInWords(slider) {
    const value = Number(slider.value);
    const end = value < 0 ? slider.dataset.low : value > 0 ? slider.dataset.high : "in between";
    return `${signed(value)}, ${end}`;
  }

  function showScale(name) {
    const slider = $(name);
    const unset = current[name] === null;
    slider.value = unset ? 0 : current[name];
    slider.closest(".scale").classList.toggle("unset", unset);
    slider.setAttribute("aria-valuetext", unset ? "not set" : valueInWords(slider));
    $(`${name}-value`).textContent = unset ? "not set" : signed(current[name]);
  }

  function answerScale(name) {
    current[name] = Number(Number($(name).value).toFixed(2));
    showScale(name);
    say("");
    keep();
  }

  for (const name of SCALES) {
    // A press on the middle moves nothing, yet is an answer; so is Enter.
    for (const event of ["input", "pointerup"]) $(name).addEventListener(event, () => answerScale(name));
    $(name).addEventListener("keydown", (event) => { if (event.key === "Enter") answerScale(name); });
  }
  $("quadrant").addEventListener("change", (event) => {
    current.quadrant = event.target.value;
    say("");
    keep();
  });

  // What is still to be done with the current sound: [sentence, where].
  function missing() {
    const to_do = [];
    if (!current.whole) to_do.push(["listen to the end", player()]);
    if (state.stage === "volume") return to_do;
    for (const name of SCALES) if (current[name] === null) to_do.push([`move the slider of ${name === "valence" ? "pleasantness" : "energy"}`, $(name)]);
    if (!current.quadrant) to_do.push(["choose a word", $("quadrant").querySelector("input")]);
    return to_do;
  }

  function next() {
    const to_do = missing();
    if (to_do.length) {
      say(`Still to do: ${to_do.map(([words]) => words).join(", ")}.`);
      to_do[0][1].focus();
      return;
    }
    stop();
    clockIn();
    if (state.stage === "volume") state.stage = "practice";
    else if (state.stage === "practice") state.stage = "items";
    else state.answers.push(current);
    if (state.answers.length === test.sounds.length) state.stage = "finish";
    state.current = state.stage === "items" ? blank(state.order[state.answers.length]) : blank(test.practice);
    show();
    keep();
  }

  // Showing.
  function say(words) {
    $("alert").textContent = words;
  }

  function show() {
    const stage = state ? state.stage : "welcome";
    const visible = SECTIONS[stage];
    for (const name of new Set(Object.values(SECTIONS))) $(name).hidden = name !== visible;
    const done = state ? state.answers.length : 0;
    $("progress").value = done;
    $("progress-text").textContent = `${done} of ${test.sounds.length} done`;
    say("");
    if (visible === "item") showItem(stage === "practice", done);
    if (visible === "volume") load(state.current);
    if (visible === "finish") showResults();
    scrollTo(0, 0);
    $(visible).querySelector("h1").focus();
  }

  function showItem(practice, done) {
    $("item").querySelector("h1").textContent = practice ? "Practice" : `Piece ${done + 1} of ${test.sounds.length}`;
    $("practice-note").hidden = !practice;
    load(state.current);
    for (const name of SCALES) showScale(name);
    for (const radio of $("quadrant").querySelectorAll("input")) radio.checked = radio.value === current.quadrant;
    const following = practice ? state.order[0] : state.order[done + 1];
    if (following) ahead.src = address(following);
  }

  function results() {
    const rounded = (value) => Number(value.toFixed(2));
    const answers = state.answers.map((answer) => ({
      sound: answer.sound, valence: answer.valence, arousal: answer.arousal, quadrant: answer.quadrant,
      plays: answer.plays, heard_seconds: rounded(answer.heard_seconds), seconds: rounded(answer.seconds),
    }));
    return {
      format: test.format, test: test.test, participant: state.participant, seed: state.seed,
      finished: state.stage === "finish", resumed: state.resumed, seconds: rounded(state.seconds), answers,
    };
  }

  function showResults() {
    const text = JSON.stringify(results(), null, 1) + "\n";
    $("copy").value = text;
    $("download").href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    $("download").download = `listening-${test.test}-${state.participant}.json`;
  }

  $("copy-button").addEventListener("click", async () => {
    $("copy").select();
    try { await navigator.clipboard.writeText($("copy").value); } catch { document.execCommand("copy"); }
    say("Copied.");
  });

  $("restart").addEventListener("click", () => {
    if (!confirm("The answers on this page will be gone. Have you saved them?")) return;
    forget();
    state = null;
    $("participant").value = suggestedCode();
    show();
  });

  $("start").addEventListener("submit", (event) => {
    event.preventDefault();
    const seed = /^\d{1,10}$/.test(given.get("seed") || "") ? Number(given.get("seed")) >>> 0 : randomNumber();
    state = {
      participant: $("participant").value, seed, order: orderFrom(seed), stage: "volume", seconds: 0, resumed: 0,
      answers: [], current: blank(test.practice),
    };
    since = performance.now();
    show();
    keep();
  });

  function suggestedCode() {
    const letters = "abcdefghjkmnpqrstuvwxyz23456789";
    return Array.from({ length: 6 }, () => letters[randomNumber() % letters.length]).join("");
  }

  for (const place of document.querySelectorAll("[data-player]")) {
    place.append($("player").content.cloneNode(true));
    place.querySelector(".play").addEventListener("click", toggle);
  }
  for (const button of document.querySelectorAll("[data-next]")) button.addEventListener("click", next);

  // Space keeps what it does on buttons and on a word not yet chosen; anywhere else it plays, and P everywhere.
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !player()) return;
    const taken = at.matches("button, a, summary") || (at.type === "radio" && !at.checked);
    if (event.key.toLowerCase() === "p" || (event.key === " " && !taken)) {
      event.preventDefault();
      toggle();
    }
  });

  addEventListener("pagehide", () => { if (state) keep(); });
  addEventListener("beforeunload", (event) => {
    if (forgetful && state && state.stage !== "finish") event.preventDefault();
  });

  $("participant").value = /^[A-Za-z0-9_-]{1,32}$/.test(given.get("participant") || "") ? given.get("participant") : suggestedCode();
  state = recalled();
  if (state) {
    state.resumed += 1;
    // The clip that was being rated is the same record that its answers go to.
    current = state.current;
  }
  show();
})();
