"use strict";
(() => {
  const root = document.documentElement;
  const configs = JSON.parse(document.getElementById("themes").textContent);
  const system = matchMedia("(prefers-color-scheme: dark)");
  const theme = () => root.dataset.theme || (system.matches ? "dark" : "light");

  // Charts. A chart of width "container" fits itself. A facet gets as many columns as its narrowest panel allows;
  // its panels, and charts one below the other, are as wide as axes and labels leave room for, which a trial tells.
  const GAP = 20;
  const NARROW = 440;

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

  function config(width) {
    const { legend, ...rest } = configs[theme()];
    return { ...rest, legend: { ...legend, columns: width < NARROW ? Math.floor(width / 140) : legend.columns } };
  }

  const drawn = new Map();

  async function draw(figure) {
    const box = figure.querySelector(".chart");
    const source = figure.querySelector("script").textContent;
    const width = box.clientWidth;
    let reserved = 60;
    for (let trial = 0; trial < 5; trial++) {
      const spec = JSON.parse(source);
      const faceted = fit(spec, width, reserved, spec.usermeta?.panel ?? 200);
      drawn.get(figure)?.finalize();
      drawn.set(figure, await vegaEmbed(box, spec, {
        mode: "vega-lite", renderer: "svg", actions: false, config: config(width), tooltip: { theme: theme() },
      }));
      const excess = box.querySelector("svg").getBoundingClientRect().width - width;
      if (!faceted || (excess <= 0 && excess > -6)) break;
      reserved += excess + 2;
    }
    box.dataset.width = width;
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
    });
  }
})();
