// Elements without markup in strings: text always goes in as text.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attrs, children) {
  for (const [name, value] of Object.entries(attrs || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style" && typeof value === "object") {
      for (const [key, part] of Object.entries(value)) node.style.setProperty(key, part);
    } else if (name === "style") {
      node.style.cssText = value; // the security policy forbids the attribute itself
    } else if (name === "checked" || name === "value" || name === "selected") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  add(node, children);
  return node;
}

function add(node, children) {
  for (const child of children) {
    if (child === undefined || child === null || child === false) continue;
    if (Array.isArray(child)) add(node, child);
    else node.append(child);
  }
}

/** An HTML element; `attrs` may be left out, `on…` attributes are listeners. */
export function h(tag, attrs, ...children) {
  return make(document.createElement(tag), attrs, children);
}

/** An SVG element, same arguments as `h`. */
export function s(tag, attrs, ...children) {
  return make(document.createElementNS(SVG, tag), attrs, children);
}

function make(node, attrs, children) {
  const plain =
    attrs === undefined || attrs === null ||
    (typeof attrs === "object" && !(attrs instanceof Node) && !Array.isArray(attrs));
  return plain ? fill(node, attrs, children) : fill(node, null, [attrs, ...children]);
}

/** Replaces everything inside `node`. */
export function put(node, ...children) {
  node.replaceChildren();
  add(node, children);
  return node;
}

/** Sets text only where it changed: browsers lay out again on every write. */
export function text(node, value) {
  if (node.lastText !== value) {
    node.lastText = value;
    node.textContent = value;
  }
}

/** Sets an attribute only where it changed. */
export function attr(node, name, value) {
  const last = (node.lastAttrs ??= {});
  if (last[name] !== value) {
    last[name] = value;
    node.setAttribute(name, value);
  }
}

/** Whether motion is welcome. */
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Calls `fn` with the width of `node` in CSS pixels, now and whenever it changes. */
export function onWidth(node, fn) {
  let last = 0;
  const tell = (width) => {
    const whole = Math.round(width);
    if (whole > 0 && whole !== last) fn((last = whole));
  };
  new ResizeObserver(([entry]) => tell(entry.contentRect.width)).observe(node);
  tell(node.clientWidth);
}

/** Calls `fn` at most once per frame, with the last arguments. */
export function perFrame(fn) {
  let args = null;
  return (...now) => {
    const waiting = args !== null;
    args = now;
    if (waiting) return;
    requestAnimationFrame(() => {
      const last = args;
      args = null;
      fn(...last);
    });
  };
}

/**
 * Like `perFrame`, but only while `node` is in sight or close to it; what was missed is made up for
 * when it comes into sight.
 */
export function inSight(node, fn) {
  let seen = false;
  let missed = null;
  const frame = perFrame(fn);
  new IntersectionObserver(([entry]) => {
    seen = entry.isIntersecting;
    if (seen && missed) {
      frame(...missed);
      missed = null;
    }
  }, { rootMargin: "300px" }).observe(node);
  return (...args) => {
    if (seen) frame(...args);
    else missed = args;
  };
}
