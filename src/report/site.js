// SPDX-License-Identifier: Apache-2.0
// Marks of a reviewer: kept in this browser, taken along as a JSON file.
"use strict";
(() => {
  const key = "dcmscrub-review:" + document.body.dataset.site;
  let marks = {};
  let kept = true;
  try {
    marks = JSON.parse(localStorage.getItem(key) || "{}");
  } catch (e) {
    kept = false;
  }
  const save = () => {
    try {
      localStorage.setItem(key, JSON.stringify(marks));
    } catch (e) {
      kept = false;
    }
    count();
  };
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  const count = () => {
    const all = Object.values(marks);
    const wrong = all.filter((m) => m.verdict === "correct").length;
    status.textContent = all.length + " marked, " + wrong + " to be corrected" +
      (kept ? "" : " (this browser keeps no marks: export before you leave the page)");
  };
  const button = (text, act) => {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = text;
    b.addEventListener("click", () => act(b));
    return b;
  };
  const VERDICTS = [["confirmed", "Right"], ["correct", "To be corrected"]];
  const controls = (what, file, instance, box) => {
    const id = file + (box ? "/" + box : "");
    const group = document.createElement("div");
    group.className = "marks";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Verdict on " + what);
    const show = () => {
      for (const b of group.children)
        b.setAttribute("aria-pressed", String(!!marks[id] && marks[id].verdict === b.dataset.verdict));
    };
    for (const [verdict, word] of VERDICTS) {
      const b = button(word, () => {
        if (marks[id] && marks[id].verdict === verdict)
          delete marks[id];
        else
          marks[id] = { file: Number(file), instance, box: box ? Number(box) : null, verdict };
        save();
        show();
      });
      b.dataset.verdict = verdict;
      group.append(b);
    }
    show();
    return group;
  };
  for (const card of document.querySelectorAll("[data-file]")) {
    const { file, instance } = card.dataset;
    card.querySelector("h2").after(controls("file " + file, file, instance, ""));
    const head = card.querySelector("thead tr");
    if (head) {
      const th = document.createElement("th");
      th.scope = "col";
      th.textContent = "verdict";
      head.append(th);
    }
    for (const row of card.querySelectorAll("[data-box]")) {
      const cell = document.createElement("td");
      cell.append(controls("box " + row.dataset.box + " of file " + file, file, instance, row.dataset.box));
      row.append(cell);
    }
  }
  const download = () => {
    const all = Object.values(marks).sort((a, b) => a.file - b.file || (a.box || 0) - (b.box || 0));
    const text = JSON.stringify({ schema: "dcmscrub-review/1", site: document.body.dataset.site, marks: all }, null, 1);
    const a = document.createElement("a");
    a.href = URL.createObjectURL(new Blob([text + "\n"], { type: "application/json" }));
    a.download = "review-" + document.body.dataset.site + ".json";
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 1000);
  };
  if (document.querySelector("[data-file]")) {
    const tools = document.createElement("div");
    tools.className = "tools";
    const outlines = button("Hide boxes", (b) => {
      const hidden = document.body.classList.toggle("hide-boxes");
      b.textContent = hidden ? "Show boxes" : "Hide boxes";
    });
    tools.append(status, button("Export marks", download), outlines);
    document.querySelector("main").append(tools);
    count();
  }
  const jump = document.querySelector(".jump");
  if (jump)
    jump.addEventListener("submit", (e) => {
      e.preventDefault();
      const uid = jump.querySelector("input").value.trim();
      if (/^[0-9][0-9.]{0,63}$/.test(uid))
        location.href = "study/" + uid + ".html";
    });
})();
