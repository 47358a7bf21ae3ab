// The counter of an establishment without software of its own: a software like any other, whose key this browser made and
// cannot export. It asks the same API, with the same budgets; what is typed stays in the page's memory.

import { digest, drawn, keptIn, newPair, proofOf, publicKey, seconds, signed } from "/portal/keys.js";

const kept = keptIn("egide-counter");
const show = (id) => document.getElementById(id);
const TOKEN_SECONDS = 240;
const CARD = "urn:egide:card";
const PRESENCE = "urn:egide:presence"; // what the patient's own space gives for this establishment, a minute
const BURST_MILLISECONDS = 30;

// A day of Paris, whatever the machine's clock is set to.
const today = () => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris" }).format(new Date());

let post = null; // this machine's key and its establishment
let token = null;
let nonce = "";
let covered = null; // whom the last yes is about: its engagement

async function proof(method, path) {
  if (token) return proofOf(post.pair, method, path, { ath: await digest(token.text) });
  return proofOf(post.pair, method, path, nonce ? { nonce } : {});
}

class Refused extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

async function getToken() {
  if (token && token.until > seconds()) return;
  token = null;
  const address = `${location.origin}/oauth/token`;
  for (let tries = 0; tries < 2; tries += 1) {
    const claims = { iss: post.house, sub: post.house, aud: address, jti: drawn(), iat: seconds(), exp: seconds() + 60 };
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await signed(post.pair, { typ: "JWT" }, claims),
    });
    const answer = await fetch("/oauth/token", { method: "POST", headers: { DPoP: await proof("POST", "/oauth/token") }, body: form });
    nonce = answer.headers.get("DPoP-Nonce") ?? nonce;
    const said = await answer.json();
    if (answer.ok) {
      token = { text: said.access_token, until: seconds() + TOKEN_SECONDS };
      return;
    }
    if (said.error !== "use_dpop_nonce") throw new Refused(said.error, said.remedy ?? "Ce poste n'est pas inscrit.");
  }
}

// One call, with a token and a fresh proof; once more where the token has ended meanwhile.
async function call(method, path, body, again = true) {
  await getToken();
  const bare = path.split("?")[0];
  const headers = { Authorization: `DPoP ${token.text}`, DPoP: await proof(method, bare) };
  if (body !== undefined) headers["Content-Type"] = "application/fhir+json";
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (answer.ok) return answer;
  const issue = (await answer.json()).issue?.[0];
  const code = issue?.details?.coding?.[0]?.code;
  if (code === "token-invalid" && again) {
    token = null;
    return call(method, path, body, false);
  }
  const element = issue?.expression?.[0] ?? "";
  const own = FIELDS.find(([pattern]) => pattern.test(element))?.[1];
  const line = /item\[(\d+)\]/.exec(element);
  const where = own ?? (line ? `Ligne ${Number(line[1]) + 1}.` : element && `(${element})`);
  throw new Refused(code, [issue?.details?.text ?? "La demande n'a pas abouti.", where].filter(Boolean).join(" "));
}

const read = async (...words) => (await call(...words)).json();

function tell(text, isRefusal = false) {
  show("said").textContent = text;
  show("said").classList.toggle("no", isRefusal);
  if (isRefusal) show("said").scrollIntoView({ block: "nearest" });
}

async function act(gesture) {
  tell("");
  try {
    await gesture();
  } catch (error) {
    tell(error instanceof Refused ? error.message : "Le service ne répond pas : recommencer dans un instant.", true);
    if (["invalid_client", "unauthorized_client"].includes(error.code)) opens("setup");
  }
}

const on = (id, event, gesture) =>
  show(id).addEventListener(event, (happened) => {
    happened.preventDefault();
    return act(() => gesture(happened));
  });

function opens(name) {
  for (const one of ["setup", "open"]) show(one).hidden = one !== name;
}

// The page says which of its own fields a refusal is about.
const FIELDS = [
  [/coverage\.identifier\.value/, "Carte : ses 26 signes, ou les 12 du code d'une minute du patient ; lettres et chiffres, sans I, L, O ni U."],
  [/subscriberId/, "Numéro d'adhérent : tel que la carte l'imprime."],
  [/payor/, "Numéro de la mutuelle (AMC) : 8 à 10 chiffres."],
  [/birth/i, "Date de naissance : jour, mois, année."],
  [/preAuthRef/, "Prise en charge à citer : ses 26 signes."],
];

const amount = new Intl.NumberFormat("fr-FR", { style: "currency", currency: "EUR" });
const day = (text) => text.split("-").reverse().join("/");

// A hand scanner is an American keyboard: on a French one, its letters come as others. Where signs come as fast as no hand
// types them, what counts is the key that was pressed.
function scanned(input) {
  let last = 0;
  let fast = [];
  input.addEventListener("keydown", (key) => {
    const gap = key.timeStamp - last;
    last = key.timeStamp;
    const sign = /^(?:Key([A-Z])|Digit([0-9])|Numpad([0-9]))$/.exec(key.code);
    if (key.key === "Enter") {
      if (fast.length >= 20) input.value = fast.join("");
      fast = [];
    } else if (sign) {
      fast = gap < BURST_MILLISECONDS || fast.length === 0 ? [...fast, sign[1] ?? sign[2] ?? sign[3]] : [sign[1] ?? sign[2] ?? sign[3]];
    } else if (key.key.length === 1) fast = [];
  });
}

function question(who) {
  return {
    resourceType: "CoverageEligibilityRequest", status: "active", purpose: ["validation"], created: today(), servicedDate: today(),
    patient: { display: "Personne au comptoir" }, insurer: { display: "Mutuelle de la carte" }, ...who,
  };
}

function byNumbers(form) {
  const birth = form.birth.value.replace(/\D/g, "");
  const text = birth.length === 8 && Number(birth.slice(0, 4)) < 1800 ? birth.slice(4) + birth.slice(2, 4) + birth.slice(0, 2) : birth;
  const patient = { resourceType: "Patient", id: "p", extension: [{ url: "urn:egide:fhir:birth-date-text", valueString: text }] };
  const cover = {
    resourceType: "Coverage", id: "c", status: "active", subscriberId: form.member.value.replace(/[\s-]/g, ""),
    dependent: form.rank.value || "1", beneficiary: { reference: "#p" },
    payor: [{ identifier: { system: "urn:egide:amc", value: form.amc.value.replace(/\s/g, "") } }],
  };
  return { contained: [patient, cover], insurance: [{ coverage: { reference: "#c" } }] };
}

async function askRights(who) {
  const said = await read("POST", "/fhir/CoverageEligibilityRequest/$submit", question(who));
  const cover = said.insurance?.[0];
  show("answer").hidden = false;
  show("outcome").hidden = true;
  show("billing").hidden = !cover;
  covered = cover ? { insurance: [{ coverage: { display: "engagement" }, preAuthRef: [said.preAuthRef] }] } : null;
  show("verdict").textContent = cover ? "Droits ouverts" : said.disposition;
  show("cover").textContent = cover
    ? `${said.insurer.display}, depuis le ${day(cover.benefitPeriod.start)} ; cette réponse vaut jusqu'au ${day(cover.benefitPeriod.end)}. Engagement ${said.preAuthRef}.`
    : "Rien ne dit si la personne existe. La carte, ou un code de l'espace de l'assuré, répond toujours.";
  if (cover) beginBill();
  show("verdict").focus();
  await showLeft();
}

async function showLeft() {
  const { unproved, card_only: isCardOnly } = await read("GET", "/standing");
  const left = Math.max(Math.min(unproved.day.limit - unproved.day.used, unproved.thirty_days.limit - unproved.thirty_days.used), 0);
  const span = left === unproved.day.limit - unproved.day.used ? "aujourd'hui" : "sur trente jours";
  show("left").textContent = isCardOnly || !left ? "Aujourd'hui, seule la carte répond." : `Encore ${left} personne${left > 1 ? "s" : ""} sans carte ${span}.`;
}

function field(label, value, attributes = {}, list = "") {
  const input = document.createElement("input");
  if (list) input.setAttribute("list", list);
  Object.assign(input, { value, autocomplete: "off", spellcheck: false, ...attributes });
  input.setAttribute("aria-label", label);
  return input;
}

function addLine() {
  const row = document.createElement("tr");
  const fields = [
    field("Acte, par exemple ngap:G", "", { name: "act", required: true, maxLength: 60 }, "acts"),
    field("Prix en euros", "", { name: "price", required: true, inputMode: "decimal", maxLength: 12 }),
    field("Quantité", "1", { name: "quantity", inputMode: "numeric", maxLength: 3 }),
    field("Côté ou dent", "", { name: "side", maxLength: 5 }),
  ];
  const heads = ["Acte", "Prix en euros", "Quantité", "Côté ou dent"];
  fields.forEach((one, at) => {
    const cell = row.insertCell();
    cell.dataset.head = heads[at];
    cell.append(one);
  });
  const remove = document.createElement("button");
  Object.assign(remove, { type: "button", textContent: "Retirer" });
  remove.addEventListener("click", () => row.remove());
  row.insertCell().append(remove);
  show("lines").append(row);
}

function beginBill() {
  show("lines").replaceChildren();
  show("preauth").value = ""; // it is of one patient: the next one's is another
  addLine();
  drawNumber();
}

// A number serves once, whatever was decided under it.
function drawNumber() {
  show("number").value = `C${today().replaceAll("-", "")}-${drawn().replace(/[^A-Za-z0-9]/g, "").slice(0, 6).toUpperCase()}`;
}

// An act without its system is one of the list, or a letter of the NGAP.
function actOf(text) {
  const known = [...show("acts").options].map((one) => one.value).find((one) => one.endsWith(`:${text.toUpperCase()}`));
  return (text.includes(":") ? text : known ?? `ngap:${text}`).split(":");
}

function items() {
  return [...show("lines").rows].map((row, at) => {
    const value = (name) => row.querySelector(`[name=${name}]`).value.trim();
    const [system, code] = actOf(value("act"));
    const price = Number(value("price").replace(/[\s€]/g, "").replace(",", "."));
    if (!Number.isFinite(price)) throw new Refused("price", `Ligne ${at + 1} : ce prix n'est pas un nombre.`);
    return {
      sequence: at + 1, servicedDate: today(), quantity: { value: Number(value("quantity")) || 1 },
      productOrService: { coding: [{ system: `urn:egide:act:${system}`, code }] }, net: { value: price, currency: "EUR" },
      ...(value("side") ? { bodySite: { coding: [{ code: value("side") }] } } : {}),
    };
  });
}

const systemOf = (use) => (use === "claim" ? "urn:egide:invoice" : "urn:egide:preauth-request");

function claimOf(use, number, more) {
  return {
    resourceType: "Claim", status: "active", use, created: today(), priority: { coding: [{ code: "normal" }] },
    type: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/claim-type", code: "professional" }] },
    patient: { display: "Personne au comptoir" }, provider: { display: "Établissement du jeton" },
    identifier: [{ system: systemOf(use), value: number }], insurance: [{ coverage: { display: "mutuelle" } }], ...more,
  };
}

async function bill(use) {
  const number = show("number").value.trim();
  show("outcome").hidden = true; // what was answered before is of another number
  const cited = show("preauth").value.replace(/[\s-]/g, "").toUpperCase();
  const who = use === "claim" && cited ? { insurance: [{ coverage: { display: "prise en charge" }, preAuthRef: [cited] }] } : covered;
  const sent = claimOf(use, number, { ...who, item: items() });
  await remember(use, number, "envoyée, sans réponse encore");
  const said = await read("POST", "/fhir/Claim/$submit", sent);
  drawNumber();
  // A prise en charge is cited once: what is billed after it is billed on the rights.
  if (use === "claim" && said.outcome !== "error") show("preauth").value = "";
  if (use === "claim") show("past").value = number;
  showOutcome(said, use, number);
  await remember(use, number, show("result").textContent.split(",")[0]);
}

const VERDICTS = { claim: "Facture acceptée", preauthorization: "Prise en charge accordée", predetermination: "Devis : rien n'est promis" };
const SHARES = ["submitted", "amo", "amc", "patient"];
const NAMES = { benefit: "amc" };

function sums(rows) {
  return Object.fromEntries((rows ?? []).map((row) => {
    const code = row.category.coding.at(-1).code;
    return [NAMES[code] ?? code, row.amount.value];
  }));
}

// On a narrow screen a table has no heads: each cell says what it is.
function lineOf(heads, texts) {
  const row = document.createElement("tr");
  texts.forEach((text, at) => {
    const cell = row.insertCell();
    cell.textContent = text;
    cell.dataset.head = heads[at];
  });
  return row;
}

function showOutcome(said, use, number) {
  const faults = (said.error ?? []).map((one) => one.code.text);
  const isNo = said.outcome === "error";
  show("outcome").hidden = false;
  show("result").textContent = said.outcome === "queued" ? "La mutuelle doit répondre" : isNo ? "Refusé" : `${VERDICTS[use]}, ${number}`;
  const notes = (said.processNote ?? []).map((one) => one.text).filter((text) => !/^(state|who must act|by|resubmit)/.test(text));
  const total = sums(said.total);
  const share = total.patient === undefined ? [] : [`Le patient paie ${amount.format(total.patient)}.`];
  const cite = use === "preauthorization" && said.preAuthRef ? [`Numéro à citer en facturant : ${said.preAuthRef}.`] : [];
  show("next").textContent = [...share, ...cite, ...faults, ...notes].join(" ");
  if (use === "preauthorization" && said.preAuthRef) show("preauth").value = said.preAuthRef;
  const line = (name, values) =>
    lineOf(["Ligne", "Prix", "Sécurité sociale", "Mutuelle", "Patient"], [name, ...SHARES.map((one) => (values[one] === undefined ? "" : amount.format(values[one])))]);
  const own = (said.item ?? []).map((one) => {
    const shown = Object.fromEntries(one.adjudication.map((each) => [each.category.coding.at(-1).code, each.amount?.value]));
    return line(`${one.itemSequence}`, { submitted: shown.expense, amo: shown.amo, amc: shown.amc, patient: shown.patient });
  });
  show("shares").replaceChildren(...own, ...(said.total ? [line("Total", total)] : []));
  const reasons = (said.item ?? []).flatMap((one) => one.adjudication.map((each) => each.reason?.text).filter(Boolean));
  show("reckoning").replaceChildren(...reasons.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  show("result").focus();
}

function next() {
  covered = null;
  for (const form of ["by-card", "by-numbers", "bill", "sent"]) show(form).reset();
  show("past-said").textContent = "";
  disarm();
  for (const part of ["answer", "outcome", "billing"]) show(part).hidden = true;
  show("lines").replaceChildren();
  show("card").focus();
  tell("");
}

const OUTCOMES = { complete: "acceptée", error: "rejetée", queued: "en attente de la mutuelle", partial: "accordée en partie" };

// What this machine sent today, by number: it is gone tomorrow, and says nothing of anybody.
async function sentToday() {
  const kept_ = await kept("today");
  return kept_?.day === today() ? kept_.sent : [];
}

async function remember(use, number, said) {
  const at = new Date().toLocaleTimeString("fr-FR", { timeStyle: "short" });
  const sent = [{ use, number, said, at }, ...(await sentToday()).filter((one) => one.number !== number)].slice(0, 200);
  await kept("today", { day: today(), sent });
  await showToday();
}

const USES = { claim: "facture", preauthorization: "prise en charge", predetermination: "devis" };

async function showToday() {
  const sent = await sentToday();
  show("today").closest("div").hidden = sent.length === 0;
  show("today-title").hidden = sent.length === 0;
  show("today").replaceChildren(
    ...sent.map((one) => {
      const row = lineOf(["Heure", "Quoi", "Numéro", "Réponse"], [one.at, USES[one.use], one.number, one.said]);
      const again = document.createElement("button");
      Object.assign(again, { type: "button", textContent: "Revoir" });
      again.addEventListener("click", () => act(() => inquire(one.use, one.number)));
      row.insertCell().append(again);
      return row;
    }),
  );
}

async function inquire(use = "claim", number = show("past").value.trim()) {
  if (use === "claim") show("past").value = number;
  const said = await read("POST", "/fhir/Claim/$inquire", claimOf(use, number, {}));
  const cite = use === "preauthorization" && said.preAuthRef ? ` Numéro à citer en facturant : ${said.preAuthRef}.` : "";
  const total = sums(said.total);
  const state = said.status === "cancelled" ? "annulée" : OUTCOMES[said.outcome];
  const why = (said.error ?? []).map((one) => one.code.text).join(" ");
  show("past-said").textContent = `${number} : ${state}${total.amc === undefined ? "" : `, la mutuelle paie ${amount.format(total.amc)}`}. ${why}${cite}`;
}

// Asked twice: the second press names what ends.
function disarm() {
  show("cancel").dataset.of = "";
  show("cancel").textContent = "Annuler cette facture";
}

async function cancelIt() {
  const number = show("past").value.trim();
  if (!number) throw new Refused("number", "Saisir le numéro de la facture à annuler.");
  if (show("cancel").dataset.of !== number) {
    show("cancel").dataset.of = number;
    show("cancel").textContent = `Confirmer : annuler ${number}`;
    return;
  }
  disarm();
  await read("POST", "/fhir/Claim/$submit", { ...claimOf("claim", number, {}), status: "cancelled" });
  show("past-said").textContent = `${number} : annulée. Ce qui en était payé sera retenu sur un virement.`;
  await remember("claim", number, "Facture annulée");
}

// What is contested is what was decided: a rejection, or the amount of what was accepted.
async function contest() {
  const number = show("past").value.trim();
  if (!number) throw new Refused("number", "Saisir le numéro de la facture à contester.");
  const decided = await read("POST", "/fhir/Claim/$inquire", claimOf("claim", number, {}));
  const one = await read("POST", "/disputes", { invoice: number, ground: decided.outcome === "error" ? "rejection" : "amount" });
  show("past-said").textContent = `${number} : contestée. ${one.french}${one.by ? ` Réponse au plus tard le ${day(one.by)}.` : ""}`;
  await showDisputes();
}

const MOVES = { maintained: ["second-reading", "Demander une seconde lecture"], "first-reading": ["withdraw", "Retirer"], "second-reading": ["withdraw", "Retirer"], unanswered: ["withdraw", "Retirer"] };

async function showDisputes() {
  const { disputes } = await read("GET", "/disputes");
  show("disputes").closest("div").hidden = show("disputes-title").hidden = disputes.length === 0;
  show("disputes").replaceChildren(...disputes.slice(0, 20).map((one) => {
    const why = one.answers.at(-1)?.french ?? "";
    const by = one.by ? `${day(one.by)}${one.is_late ? " (en retard)" : ""}` : "";
    const row = lineOf(["Facture", "Où en est-elle", "Jusqu'au", "Que faire"], [one.invoice, `${one.french} ${why}`, by, one.remedy]);
    const last = row.insertCell();
    const [move, name] = MOVES[one.state] ?? [];
    if (move) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: name });
      button.addEventListener("click", () => act(async () => {
        await read("POST", `/disputes/${move}`, { dispute: one.dispute });
        await showDisputes();
      }));
      last.append(button);
    }
    return row;
  }));
}

const STATES = { ordered: "ordonné", acknowledged: "reçu par la banque", booked: "payé", rejected: "rejeté, dû de nouveau", returned: "retourné, dû de nouveau" };

async function showTransfers() {
  const { transfers } = await read("GET", "/transfers");
  show("no-transfer").hidden = transfers.length > 0;
  show("transfers").replaceChildren(...transfers.slice(0, 20).map((one) => {
    const state = one.booked_on && one.state === "booked" ? `payé le ${day(one.booked_on)}` : STATES[one.state];
    const heads = ["Jour", "Montant", "Factures", "Fin de son numéro", "Où en est-il"];
    return lineOf(heads, [day(one.execute_on), amount.format(one.amount_cents / 100), `${one.claims}`, one.ends_with, state]);
  }));
}

async function download() {
  const number = show("transfer").value.trim().toUpperCase();
  const answer = await call("GET", `/remittances/${encodeURIComponent(number)}`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `bordereau-${number}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function prepare() {
  post = { pair: await newPair(), house: show("house").value.trim().toLowerCase() };
  await kept("post", post);
  await showRequest();
}

async function showRequest() {
  const claims = { aud: location.origin, sub: post.house, iat: seconds() };
  show("request").textContent = await signed(post.pair, { typ: "egide-enrolment+jwt", jwk: await publicKey(post.pair) }, claims);
  show("house").value = post.house;
  show("asking").hidden = false;
}

async function begin() {
  await getToken();
  opens("open");
  show("card").focus();
  await showLeft();
  await showTransfers();
  await showDisputes();
  await showToday();
}

on("prepare", "submit", prepare);
on("copy", "click", () => navigator.clipboard.writeText(show("request").textContent));
on("enrolled", "click", begin);
on("by-card", "submit", () => {
  const code = show("card").value.replace(/[\s-]/g, "").toUpperCase();
  const system = { 26: CARD, 12: PRESENCE }[code.length];
  if (!system || !/^[0-9A-HJKMNP-TV-Z]+$/.test(code)) throw new Refused("card", FIELDS[0][1]);
  return askRights({ insurance: [{ coverage: { identifier: { system, value: code } } }] });
});
on("by-numbers", "submit", (happened) => askRights(byNumbers(happened.target.elements)));
on("more", "click", addLine);
on("bill", "submit", () => bill("claim"));
on("ask", "click", () => bill("preauthorization"));
on("quote", "click", () => bill("predetermination"));
on("new", "click", next);
on("sent", "submit", () => inquire());
on("cancel", "click", cancelIt);
on("contest", "click", contest);
on("remittance", "submit", download);
scanned(show("card"));
document.addEventListener("keydown", (key) => {
  if (key.key === "F2" && !show("open").hidden) {
    key.preventDefault();
    next();
  }
});

post = await kept("post");
if (post) {
  await showRequest();
  opens("setup");
  await act(begin);
} else opens("setup");
