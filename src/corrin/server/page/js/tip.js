// One tip for the whole page: on hover and on focus, next to what it explains; Escape hides it.

import { h, put } from "./dom.js";

let owner = null;

/** `dock` {left, bottom, width}: a free corner to stand in, where that is in sight. */
export function showTip(target, { title, lines }, dock = null) {
  const tip = document.getElementById("tip");
  put(tip, h("p", { class: "tip-title" }, title), lines.map((one) => h("p", one)));
  tip.hidden = false;
  owner = target;
  target.setAttribute("aria-describedby", "tip");
  tip.style.maxWidth = dock ? `${Math.round(dock.width)}px` : "";
  if (dock && dock.bottom < innerHeight && dock.bottom - tip.offsetHeight > 8) {
    place(tip, dock.left, dock.bottom - tip.offsetHeight);
    return;
  }
  const box = target.getBoundingClientRect();
  const { offsetWidth: wide, offsetHeight: high } = tip;
  const page = document.documentElement.clientWidth;
  const left = Math.min(page - wide - 8, Math.max(8, box.left + box.width / 2 - wide / 2));
  const above = box.top - high - 10;
  const top = above > 8 ? above : Math.min(innerHeight - high - 8, box.bottom + 10);
  place(tip, left, top);
}

function place(tip, left, top) {
  tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

export function hideTip() {
  const tip = document.getElementById("tip");
  tip.hidden = true;
  owner?.removeAttribute("aria-describedby");
  owner = null;
}

addEventListener("keydown", (event) => event.key === "Escape" && owner && hideTip());
addEventListener("scroll", () => owner && hideTip(), { passive: true });
