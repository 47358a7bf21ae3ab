// Keys that a browser makes, cannot export and keeps, and what is signed by them: for every page of ours.

const text = new TextEncoder();
export const bytes = (said) => text.encode(said);
export const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
export const drawn = () => encode(crypto.getRandomValues(new Uint8Array(16)));
export const seconds = () => Math.floor(Date.now() / 1000);
export const digest = async (said) => encode(await crypto.subtle.digest("SHA-256", bytes(said)));

// What reads a name of a store of this browser, or writes it where a value is given.
export function keptIn(base) {
  const store = (mode) =>
    new Promise((done, fail) => {
      const asked = indexedDB.open(base, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
      asked.onerror = () => fail(asked.error);
      asked.onsuccess = () => done(asked.result.transaction("kept", mode).objectStore("kept"));
    });
  return async (name, value) => {
    const box = await store(value === undefined ? "readonly" : "readwrite");
    const asked = value === undefined ? box.get(name) : box.put(value, name);
    return new Promise((done, fail) => {
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
  };
}

export const newPair = () => crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);

export async function publicKey(pair) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { kty, crv, x, y };
}

// A JWS (RFC 7515), compact.
export async function signed(pair, header, claims) {
  const part = (value) => encode(bytes(JSON.stringify(value)));
  const body = `${part({ alg: "ES256", ...header })}.${part(claims)}`;
  const sign = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, bytes(body));
  return `${body}.${encode(sign)}`;
}

// A proof of a call (RFC 9449).
export async function proofOf(pair, method, path, more) {
  const claims = { jti: drawn(), htm: method, htu: location.origin + path, iat: seconds(), ...more };
  return signed(pair, { typ: "dpop+jwt", jwk: await publicKey(pair) }, claims);
}
