// Talks to the server. One request per channel: a newer one cancels what it supersedes.

const channels = new Map();
const token = new URLSearchParams(location.search).get("token");

/** An answer that is not 2xx: `message` says what, `hint` what to do. */
export class ApiError extends Error {
  constructor(status, error) {
    super(error.message || `The server answered ${status}.`);
    this.name = "ApiError";
    this.status = status;
    this.hint = error.hint || "";
  }
}

export const superseded = (error) => error?.name === "AbortError";

function headers(extra = {}) {
  return token ? { ...extra, Authorization: `Bearer ${token}` } : extra;
}

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body.error || {});
  return body;
}

function address(path) {
  return "api/" + path.replace(/^\/?(api\/)?/, "");
}

/** GET of JSON. */
export async function get(path, { signal } = {}) {
  return answer(await fetch(address(path), { signal, headers: headers() }));
}

/**
 * POST of JSON. `channel` (the path by default) holds one request: a second one aborts the first
 * and tells the server to stop computing it.
 */
export async function post(path, body, { signal, job = uuid(), channel = path } = {}) {
  channels.get(channel)?.cancel();
  const control = new AbortController();
  const cancel = () => {
    control.abort();
    fetch(address(`jobs/${job}/cancel`), {
      method: "POST",
      headers: headers(),
      keepalive: true,
    }).catch(() => {});
  };
  if (signal) {
    if (signal.aborted) control.abort();
    signal.addEventListener("abort", cancel, { once: true });
  }
  const entry = { cancel };
  channels.set(channel, entry);
  try {
    return await answer(
      await fetch(address(path), {
        method: "POST",
        body: JSON.stringify(body),
        signal: control.signal,
        headers: headers({ "Content-Type": "application/json", "X-Corrin-Job": job }),
      }),
    );
  } finally {
    if (channels.get(channel) === entry) channels.delete(channel);
    signal?.removeEventListener("abort", cancel);
  }
}

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
