// A part of the page as one SVG: boxes, lines and text at the places where the browser put them.
// Drawings in it are copied with the style they have now, so the file needs nothing from outside.

const SVG = "http://www.w3.org/2000/svg";

// What a copied drawing takes along from the style sheets.
const STYLE = [
  "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity",
  "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "opacity",
  "font-family", "font-size", "font-weight", "font-style", "letter-spacing", "text-anchor",
  "dominant-baseline", "paint-order", "visibility", "display", "mix-blend-mode", "stop-color",
];
/** Return a section as SVG text with its width and height [CSS px]. */
export async function picture(section, { note = "" } = {}) {
  const frame = section.getBoundingClientRect();
  const page = getComputedStyle(document.body);
  const edge = 24;
  const width = Math.ceil(frame.width + 2 * edge);
  const root = element("svg", { xmlns: SVG, role: "img" });
  const title = element("title");
  title.textContent = section.querySelector("h1, h2")?.textContent ?? "corrin";
  const style = element("style");
  style.textContent = `.even{font-variant-numeric:tabular-nums}\n${await faces()}`;
  const defs = element("defs");
  const ground = element("rect", { fill: getComputedStyle(document.documentElement).backgroundColor });
  defs.append(style);
  const body = element("g");
  root.append(title, defs, ground, body);
  const place = { x: frame.left - edge, y: frame.top - edge, defs, seen: new Set(), bottom: 0 };
  for (const child of section.childNodes) draw(child, body, place);
  const height = Math.ceil(place.bottom + edge + (note ? 36 : 0));
  for (const node of [root, ground]) {
    node.setAttribute("width", width);
    node.setAttribute("height", height);
  }
  root.setAttribute("viewBox", `0 0 ${width} ${height}`);
  if (note) {
    const line = element("text", {
      x: edge, y: height - edge + 4, fill: page.color, "fill-opacity": 0.75,
      "font-family": page.fontFamily, "font-size": 12,
    });
    line.textContent = note;
    root.append(line);
  }
  return { text: new XMLSerializer().serializeToString(root), width, height };
}

/** Return an SVG text as a PNG blob, at twice the size of the page. */
export async function raster({ text, width, height }, scale = 2) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  // Browsers refuse very large canvases; phones make long sections.
  const fit = Math.min(scale, 16000 / Math.max(width, height));
  canvas.width = Math.round(width * fit);
  canvas.height = Math.round(height * fit);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((give, fail) => {
    canvas.toBlob((blob) => (blob ? give(blob) : fail(new Error("no picture"))), "image/png");
  });
}

function element(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function draw(node, into, place) {
  if (node.nodeType === Node.TEXT_NODE) {
    write(node, into, place);
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE || node.closest("[data-unsaved]")) return;
  const css = getComputedStyle(node);
  if (css.display === "none" || css.visibility === "hidden" || css.opacity === "0") return;
  const box = node.getBoundingClientRect();
  if (css.position === "absolute" && box.width <= 1 && box.height <= 1) return; // for listeners
  if (node.nodeType === Node.ELEMENT_NODE && (node instanceof SVGElement || !node.children.length)) {
    place.bottom = Math.max(place.bottom, box.bottom - place.y);
  }
  if (node instanceof SVGElement) {
    copy(node, box, into, place);
    return;
  }
  if (node instanceof HTMLCanvasElement) {
    if (node.width && node.height) {
      into.append(element("image", {
        href: node.toDataURL(), x: box.left - place.x, y: box.top - place.y, width: box.width,
        height: box.height,
      }));
    }
    return;
  }
  fill(css, box, into, place);
  if (node instanceof HTMLInputElement || node instanceof HTMLSelectElement
    || node instanceof HTMLTextAreaElement) {
    field(node, css, box, into, place);
    return;
  }
  if (node instanceof HTMLDetailsElement && !node.open) {
    const summary = node.querySelector("summary");
    if (summary) draw(summary, into, place);
    return;
  }
  for (const child of node.childNodes) draw(child, into, place);
}

/** Draw the ground and the borders of a box. */
function fill(css, box, into, place) {
  const x = box.left - place.x;
  const y = box.top - place.y;
  const radius = Math.min(parseFloat(css.borderTopLeftRadius) || 0, box.height / 2);
  const sides = ["Top", "Right", "Bottom", "Left"].map((side) => ({
    width: css[`border${side}Style`] === "none" ? 0 : parseFloat(css[`border${side}Width`]) || 0,
    colour: css[`border${side}Color`],
  }));
  const whole = sides.every((s) => s.width > 0 && s.width === sides[0].width);
  const ground = clear(css.backgroundColor) ? "none" : css.backgroundColor;
  if (ground !== "none" || whole) {
    const inset = whole ? sides[0].width / 2 : 0;
    into.append(element("rect", {
      x: x + inset, y: y + inset, width: Math.max(box.width - 2 * inset, 0),
      height: Math.max(box.height - 2 * inset, 0), rx: Math.max(radius - inset, 0), fill: ground,
      ...(whole && !clear(sides[0].colour)
        ? { stroke: sides[0].colour, "stroke-width": sides[0].width } : {}),
    }));
  }
  if (whole) return;
  const [top, right, bottom, left] = sides;
  const line = (side, at) => {
    if (side.width && !clear(side.colour)) into.append(element("rect", { ...at, fill: side.colour }));
  };
  line(top, { x, y, width: box.width, height: top.width });
  line(bottom, { x, y: y + box.height - bottom.width, width: box.width, height: bottom.width });
  line(left, { x, y, width: left.width, height: box.height });
  line(right, { x: x + box.width - right.width, y, width: right.width, height: box.height });
}

function clear(colour) {
  return colour === "transparent" || /^rgba\(.*, 0\)$/.test(colour);
}

/** Write what a field shows. */
function field(node, css, box, into, place) {
  if (["range", "file", "hidden", "checkbox", "radio"].includes(node.type)) return;
  const value = node instanceof HTMLSelectElement
    ? node.selectedOptions[0]?.textContent ?? "" : node.value || node.placeholder || "";
  const size = parseFloat(css.fontSize);
  const text = element("text", {
    x: box.left - place.x + (parseFloat(css.paddingLeft) || 0) + (parseFloat(css.borderLeftWidth) || 0),
    y: box.top - place.y + box.height / 2 + size * 0.35, fill: css.color,
    ...(node.value ? {} : { "fill-opacity": 0.6 }), ...lettering(css),
  });
  text.textContent = value;
  into.append(text);
}

/** Write a text line by line, each where it stands on the page. */
function write(node, into, place) {
  const words = node.data;
  if (!words.trim()) return;
  const css = getComputedStyle(node.parentElement);
  const range = document.createRange();
  const lines = [];
  for (const match of words.matchAll(/\S+\s*/g)) {
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].trimEnd().length);
    const rect = range.getBoundingClientRect();
    if (!rect.width) continue;
    const last = lines.at(-1);
    if (last && Math.abs(last.top - rect.top) < 2) {
      last.text += match[0];
      last.right = rect.right;
    } else lines.push({ left: rect.left, right: rect.right, top: rect.top, text: match[0] });
  }
  const rise = ascent(css);
  for (const line of lines) {
    const text = element("text", {
      x: round(line.left - place.x), y: round(line.top - place.y + rise), fill: css.color,
      // As wide as on the page, also where the fonts of the page are missing.
      textLength: round(line.right - line.left), ...lettering(css),
    });
    const told = line.text.replace(/\s+/g, " ").trimEnd();
    text.textContent = css.textTransform === "uppercase" ? told.toUpperCase() : told;
    into.append(text);
  }
}

function lettering(css) {
  return {
    "font-family": css.fontFamily, "font-size": css.fontSize, "font-weight": css.fontWeight,
    ...(css.fontStyle === "normal" ? {} : { "font-style": css.fontStyle }),
    ...(css.letterSpacing === "normal" ? {} : { "letter-spacing": css.letterSpacing }),
    // A style attribute would break the page's policy while the picture is made.
    ...(css.fontVariantNumeric.includes("tabular") ? { class: "even" } : {}),
  };
}

const measure = document.createElement("canvas").getContext("2d");

/** Return how far the baseline lies below the top of a line of text [px]. */
function ascent(css) {
  measure.font = `${css.fontWeight} ${css.fontSize} ${css.fontFamily}`;
  return measure.measureText("x").fontBoundingBoxAscent;
}

/** Copy a drawing with the style it has now, and what it refers to. */
function copy(node, box, into, place) {
  const drawing = styled(node, place);
  if (node.tagName !== "svg") {
    into.append(drawing);
    return;
  }
  drawing.setAttribute("x", round(box.left - place.x));
  drawing.setAttribute("y", round(box.top - place.y));
  drawing.setAttribute("width", round(box.width));
  drawing.setAttribute("height", round(box.height));
  drawing.setAttribute("overflow", getComputedStyle(node).overflow === "visible" ? "visible" : "hidden");
  drawing.removeAttribute("role");
  into.append(drawing);
}

function styled(node, place) {
  const made = node.cloneNode(false);
  for (const name of made.getAttributeNames()) {
    if (/^(on|aria-|data-|class$|tabindex|style$)/.test(name)) made.removeAttribute(name);
  }
  if (node.tagName === "title" || node.tagName === "desc") {
    made.textContent = node.textContent;
    return made;
  }
  const css = getComputedStyle(node);
  for (const name of STYLE) {
    const value = css.getPropertyValue(name);
    if (value && value !== "normal" && value !== "auto") made.setAttribute(name, value);
    const asked = /url\(["']?#([^"')]+)/.exec(value);
    if (asked) {
      made.setAttribute(name, `url(#${asked[1]})`);
      bring(asked[1], place);
    }
  }
  // Places given by style sheets; an attribute cannot hold px or deg.
  if (css.transform && css.transform !== "none" && node.style?.transform) {
    made.setAttribute("transform", css.transform.replace("matrix3d", "matrix"));
  }
  const clip = node.getAttribute("clip-path") ?? node.getAttribute("mask");
  const clipped = clip && /#([^)"']+)/.exec(clip);
  if (clipped) bring(clipped[1], place);
  const used = node.getAttribute("href");
  if (used?.startsWith("#")) bring(used.slice(1), place);
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) made.append(child.data);
    else if (child instanceof SVGElement) {
      if (getComputedStyle(child).display === "none" && child.tagName !== "defs") continue;
      made.append(styled(child, place));
    }
  }
  return made;
}

/** Bring along what a drawing refers to by id and what may stand elsewhere on the page. */
function bring(id, place) {
  if (place.seen.has(id)) return;
  place.seen.add(id);
  const found = document.getElementById(id);
  if (found) place.defs.append(styled(found, place));
}

let embedded;

/** Return the faces of the page as rules with the fonts inside. */
function faces() {
  embedded ??= (async () => {
    const rules = [];
    for (const sheet of document.styleSheets) {
      let listed = [];
      try {
        listed = [...sheet.cssRules];
      } catch {
        continue;
      }
      for (const rule of listed) {
        const asked = rule instanceof CSSFontFaceRule && /url\(["']?([^"')]+)/.exec(rule.cssText);
        if (!asked) continue;
        const address = new URL(asked[1], sheet.href ?? location.href);
        const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
        let text = "";
        for (const byte of bytes) text += String.fromCharCode(byte);
        rules.push(rule.cssText.replace(/url\([^)]*\)/, `url(data:font/woff2;base64,${btoa(text)})`));
      }
    }
    return rules.join("\n");
  })().catch(() => "");
  return embedded;
}

function round(value) {
  return Math.round(value * 100) / 100;
}
