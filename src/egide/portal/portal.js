// The portal in the browser. Each call is signed by a key that this browser made and cannot export, so a cookie
// taken elsewhere is worth nothing (RFC 9449: the session's number stands for the token).

import { digest, encode, keptIn, newPair, proofOf } from "/portal/keys.js";
import { refreshConsole, refreshTold } from "/portal/console.js";
import { refreshOwn } from "/portal/own.js";

const kept = keptIn("egide");
const show = (id) => document.getElementById(id);
let session = null;

const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

async function browserKey() {
  let pair = await kept("key");
  if (!pair) {
    pair = await newPair();
    await kept("key", pair);
  }
  return pair;
}

async function proof(method, path) {
  return proofOf(await browserKey(), method, path, session ? { ath: await digest(session) } : {});
}

class Refused extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

async function call(method, path, body) {
  const headers = { DPoP: await proof(method, path) };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const said = await answer.json();
  if (answer.ok) return said;
  const issue = said.issue?.[0];
  throw new Refused(issue?.details?.coding?.[0]?.code, issue?.details?.text ?? "La demande n'a pas abouti.");
}

function tell(text, isRefusal = false) {
  show("said").textContent = text;
  show("said").classList.toggle("no", isRefusal);
}

const creation = (options) => ({
  publicKey: {
    ...options,
    challenge: decode(options.challenge),
    user: { ...options.user, id: decode(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map((one) => ({ ...one, id: decode(one.id) })),
  },
});

const made = (credential) => ({
  id: credential.id,
  rawId: encode(credential.rawId),
  type: credential.type,
  response: Object.fromEntries(
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]
      .filter((name) => credential.response[name])
      .map((name) => [name, encode(credential.response[name])]),
  ),
});

async function answer(options) {
  const asked = { publicKey: { ...options, challenge: decode(options.challenge), allowCredentials: [] } };
  return made(await navigator.credentials.get(asked));
}

async function reauthenticate() {
  const options = await call("POST", "/portal/reauthentication/begin", {});
  await call("POST", "/portal/reauthentication/finish", { credential: await answer(options) });
}

// Do what a gesture asks; if it wants a fresh reauthentication, ask for it and do it again.
// A gesture whose end is not always the same says it itself.
async function act(gesture, done) {
  let said;
  try {
    try {
      said = await gesture();
    } catch (error) {
      if (error.code !== "reauthentication-needed") throw error;
      await reauthenticate();
      said = await gesture();
    }
    tell(done ?? said);
    await refresh();
  } catch (error) {
    if (error.code === "session-invalid") return leave(error.message);
    tell(error.name === "NotAllowedError" ? "La clé d'accès n'a pas été présentée." : error.message, true);
  }
}

async function enter(number) {
  session = number;
  await kept("session", number);
}

// A session that has ended is forgotten; one that cannot be served at this instant is not.
async function notShown(error) {
  if (["session-invalid", "proof-invalid", "scope-missing"].includes(error.code)) return leave(error.message);
  tell(error.message, true);
  show("out").hidden = !show("in").hidden;
}

// Whoever comes next on this machine finds nothing of who leaves: neither a form half filled nor a code.
async function leave(said = "") {
  session = null;
  await kept("session", null);
  sessionStorage.setItem("said", said);
  location.reload();
}

function gestureButton(label, gesture, done) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.onclick = () => act(gesture, done);
  return button;
}

function plainButton(label, done) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.onclick = done;
  return button;
}

function row(texts, label, gesture, done) {
  const line = document.createElement("tr");
  for (const text of texts) line.insertCell().textContent = text;
  const last = line.insertCell();
  if (gesture) last.append(gestureButton(label, gesture, done));
  return line;
}

const by = (moment, who) => (moment ? [when(moment), who].filter(Boolean).join(", par ") : "");
const when = (text) => (text ? new Date(text).toLocaleString("fr-FR", { dateStyle: "short", timeStyle: "short" }) : "jamais");

async function refresh() {
  const me = await call("GET", "/portal/me");
  show("out").hidden = true;
  show("in").hidden = false;
  show("in-title").textContent = me.label;
  show("role").textContent = me.role_said;
  show("taken-over").hidden = !me.recovery;
  show("passkeys").replaceChildren(
    ...me.passkeys.map((one) =>
      row([one.name, when(one.enrolled_at), when(one.used_at)], "Retirer",
        () => call("POST", "/portal/passkeys/revoke", { passkey: one.passkey }), "Clé d'accès retirée.")),
  );
  show("sessions").replaceChildren(
    ...me.sessions.map((one) =>
      row([`${one.device}${one.is_this ? " (celle-ci)" : ""}${one.is_new ? " (nouvel appareil)" : ""}`, when(one.opened_at), when(one.seen_at)], "Fermer",
        () => call("POST", "/portal/sessions/close", { session: one.session }), "Session fermée.")),
  );
  show("own").hidden = !me.may.includes("cover.read");
  if (me.may.includes("cover.read")) await refreshOwn(call, tell, nameCells);
  show("looked").hidden = !me.may.includes("accesses.read");
  if (me.may.includes("accesses.read")) {
    await refreshAccesses();
    await refreshPreauths();
  }
  show("changing").hidden = !me.may.includes("establishment.read");
  if (me.may.includes("establishment.read")) await refreshEstablishment(me.may);
  for (const [scope, id, refreshed] of [
    ["preauth.read", "answering", refreshWaiting],
    ["disputes.read", "disputing", refreshDisputes],
    ["statements.read", "statements", async () => { await refreshTold(call); await refreshStatements(); }],
    ["tickets", "helping", () => refreshTickets(me.may)],
    ["segments.read", "watch", () => refreshWatch(me.may)],
    ["trail.read", "audit", refreshTrail],
    ["apply", "applying", refreshApplication],
    ["applications", "applications", refreshApplications],
  ]) {
    show(id).hidden = !me.may.includes(scope);
    if (me.may.includes(scope)) await refreshed();
  }
  show("software").hidden = !me.may.includes("keys.read");
  if (me.may.includes("keys.read")) await refreshKeys(me.may.includes("keys.change"));
  nameCells();
}

async function refreshWatch(may) {
  const contain = await refreshConsole(call, may, gestureButton);
  show("contain").onsubmit = (event) => {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.target));
    act(() => contain({ ...form, hours: Number(form.hours) }), "C'est contenu, partout, dès la question suivante.");
  };
}

const EMPTY = { changes: "no-change", waiting: "no-application", tickets: "no-ticket", demands: "no-demand", disputes: "no-dispute", "own-claims": "no-claim", staff: null, preauths: null, calls: null, exports: null };

// A table without a line is not shown; where something else says so, that is.
function hideEmpty() {
  for (const [id, said] of Object.entries(EMPTY)) {
    const isEmpty = !show(id).rows.length;
    show(id).closest(".scroll").hidden = isEmpty;
    if (said) show(said).hidden = !isEmpty;
  }
  show("staff-title").hidden = !show("staff").rows.length;
}

// On a narrow screen a table has no heads: each cell says what it is.
function nameCells() {
  hideEmpty();
  for (const table of document.querySelectorAll("table")) {
    const heads = [...table.tHead.rows[0].cells].map((head) => head.textContent);
    for (const line of table.tBodies[0].rows) [...line.cells].forEach((cell, place) => (cell.dataset.head = heads[place] ?? ""));
  }
}

const PURPOSES = { rights: "droits demandés", claim: "facture", preauth: "prise en charge", quote: "devis", support: "aide à un professionnel sur une facture",
  reread: "réponse relue", own: "votre espace ouvert", export: "fichier de factures sorti par votre mutuelle" };
const GROUNDS = { P: "votre carte présentée", A: "le code que vous avez donné", H: "une relation déjà ouverte avec vous", U: "vos numéros saisis, sans la carte", E: "suite d'une réponse précédente", T: "à la demande du professionnel",
  S: "votre clé d'accès", R: "un document qui lui avait été remis", O: "à la demande de deux personnes de votre mutuelle" };
const PROFESSIONS = {
  self: "vous",
  pharmacy: "pharmacie", laboratory: "laboratoire", doctor: "médecin", dentist: "dentiste", optician: "opticien",
  operator: "opérateur", insurer: "assureur", audiologist: "audioprothésiste", auxiliary: "auxiliaire médical", hospital: "hôpital",
};

async function refreshAccesses(before) {
  const { accesses } = await call("POST", "/portal/accesses", before ? { before } : {});
  const lines = accesses.map((one) => {
    const line = row(
      [when(one.at), one.profession === "self" ? one.name : `${one.name} (${[PROFESSIONS[one.profession] ?? one.profession, one.department].filter(Boolean).join(", ")})`,
        one.purpose === "own" ? PURPOSES.own : `${PURPOSES[one.purpose]}, soins du ${dated(one.care_on)}`, GROUNDS[one.basis]],
      "Garder la preuve", one.is_in_tree && (() => keepProof(one.entry)), "Preuve enregistrée : chacun peut la vérifier sans nous.");
    if (one.is_owed) line.lastChild.append(" ", confirmButton(one.establishment));
    if (one.objected_at) line.lastChild.append(` signalé le ${dated(one.objected_at.slice(0, 10))} : ce n'était pas vous`);
    else if (PROFESSIONS[one.profession] && !["operator", "insurer", "self"].includes(one.profession))
      line.lastChild.append(" ", gestureButton("Ce n'était pas moi", () => call("POST", "/portal/accesses/object", { establishment: one.establishment }),
        "C'est noté : ce que cet établissement facture de vous ne lui rendra rien."));
    return line;
  });
  if (before) show("accesses").append(...lines);
  else show("accesses").replaceChildren(...lines);
  show("earlier").hidden = accesses.length < 100;
  nameCells();
  if (accesses.length) show("earlier").onclick = () => refreshAccesses(accesses.at(-1).at).catch((error) => tell(error.message, true));
}

// The proof of an answer is a file that whoever has the verifier checks.
async function keepProof(entry) {
  const receipt = await call("POST", "/portal/accesses/proof", { entry });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(receipt, null, 1)], { type: "application/json" }));
  link.download = `preuve-${entry}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

const confirmButton = (establishment) =>
  gestureButton("C'était bien moi", () => call("POST", "/portal/accesses/confirm", { establishment }), "Merci, c'est noté.");

const UNUSED = ["rated", "pended-payer", "pended-pieces", "granted", "partly-granted"];
const dated = (day) => new Date(`${day}T00:00`).toLocaleDateString("fr-FR");

async function refreshPreauths() {
  const { preauths } = await call("GET", "/portal/preauths/own");
  show("preauths").replaceChildren(
    ...preauths.map((one) => {
      const which = { establishment: one.establishment, preauth: one.preauth };
      const until = one.invoice_until && UNUSED.includes(one.state) && one.state !== "rated" ? `, réservée jusqu'au ${dated(one.invoice_until)}` : "";
      return row(
        [when(one.asked_at), `${one.name} (${PROFESSIONS[one.profession] ?? one.profession})`, `${one.french}${until}`, euros(one.expense_cents), euros(one.amc_cents)],
        "Je ne l'ai pas demandée", UNUSED.includes(one.state) && (() => call("POST", "/portal/preauths/contest", which)),
        "Annulée : ce qui était réservé vous est rendu.");
    }),
  );
}

async function refreshWaiting() {
  const { waiting, pieces, reasons } = await call("GET", "/portal/preauths");
  show("demands").replaceChildren(
    ...waiting.map((one) => {
      const line = row([when(one.asked_at), `${one.name} (${one.finess})`, one.acts.join(", ") + (one.piece_answer ? ` ; ${pieces[one.piece] ?? one.piece} ${one.piece_answer}` : ""),
        euros(one.expense_cents), euros(one.amc_cents), dated(one.answer_by) + (one.is_late ? " (en retard)" : "")]);
      const choice = document.createElement("select");
      choice.setAttribute("aria-label", "Réponse");
      choice.append(new Option("Accorder", "grant:"));
      for (const [code, text] of Object.entries(reasons)) choice.append(new Option(`Refuser : ${text}`, `refuse:${code}`));
      for (const [code, text] of Object.entries(pieces)) choice.append(new Option(`Demander : ${text}`, `ask:${code}`));
      const respond = () => {
        const [decision, code] = choice.value.split(":");
        const said = { establishment: one.establishment, preauth: one.preauth, revision: one.revision, decision };
        return call("POST", "/portal/preauths/answer", { ...said, reason: decision === "refuse" ? code : "", piece: decision === "ask" ? code : "" });
      };
      line.lastChild.append(choice, " ", gestureButton("Répondre", respond, "Réponse donnée : l'établissement la lit."));
      return line;
    }),
  );
}

async function refreshDisputes() {
  const { disputes, reasons } = await call("GET", "/portal/disputes");
  show("disputes").replaceChildren(
    ...disputes.map((one) => {
      const expected = one.expected_cents === null ? "" : `, ${euros(one.expected_cents)} attendus`;
      const what = one.ground === "rejection" ? "le rejet" : `le montant${one.line ? `, ligne ${one.line}` : ""}${expected}`;
      const lines = one.line ? one.reckoning.filter((each) => each.line === one.line) : one.reckoning;
      const decided = one.why ? `${one.control} : ${one.why}` : `${euros(one.amc_cents)} sur ${euros(one.expense_cents)} (${one.acts.join(", ")})`;
      const line = row([dated(one.opened_on), `${one.name} (${one.finess})`, one.invoice, what, decided, dated(one.by) + (one.is_late ? " (en retard)" : "")]);
      const why = document.createElement("details");
      why.append(document.createElement("summary"), ...lines.flatMap((each) => each.said).map((text) => Object.assign(document.createElement("p"), { textContent: text })));
      why.firstChild.textContent = "Le décompte";
      line.cells[4].append(why);
      if (one.needs_another_person) {
        line.lastChild.append("À lire par une autre personne que vous");
        return line;
      }
      const choice = document.createElement("select");
      choice.setAttribute("aria-label", "Réponse");
      for (const [code, { french, upholds }] of Object.entries(reasons)) choice.append(new Option(`${upholds ? "Donner raison" : "Maintenir"} : ${french}`, code));
      const respond = () => call("POST", "/portal/disputes/answer", { dispute: one.dispute, reason: choice.value });
      line.lastChild.append(choice, " ", gestureButton("Répondre", respond, "Réponse donnée : l'établissement la lit."));
      return line;
    }),
  );
}

async function givePresence(form) {
  const { code } = await call("POST", "/portal/presence", { finess: form.get("finess") });
  show("presence-given").textContent = code;
  show("presence-said").hidden = false;
  setTimeout(() => (show("presence-said").hidden = true), 60_000);
}

const KINDS = {
  iban: "compte bancaire", contact: "adresse de la maison", administrator: "rôle", recovery: "récupération d'un compte",
};
const ROLES = { professional: "professionnel", administrator: "administrateur", assistant: "assistant" };

function whatChanges(one) {
  if (one.kind === "iban") return `compte bancaire, …${one.shown}`;
  if (one.kind === "administrator") return `${one.subject} devient ${ROLES[one.shown]}`;
  if (one.kind === "recovery") return `nouveau code pour ${one.subject}`;
  return `${KINDS[one.kind]}, ${one.shown}`;
}

async function refreshEstablishment(may) {
  const { tail, bank_name, contact, changes, people } = await call("GET", "/portal/changes");
  const decides = may.includes("establishment.decide");
  show("tail").textContent = tail ?? "";
  show("bank-name").textContent = bank_name ?? "";
  show("contact-shown").textContent = contact ?? "aucune";
  show("in-force").hidden = tail === null;
  show("changes").replaceChildren(
    ...changes.map((one) => {
      const which = { change: one.change };
      const force = one.in_force_at ? `${when(one.in_force_at)}, approuvé par ${one.approved_by}` : "pas encore approuvé";
      const line = row([[one.establishment, whatChanges(one)].filter(Boolean).join(", "), by(one.asked_at, one.asked_by), force], "Approuver",
        null, "");
      if (decides && one.may_approve) line.lastChild.append(plainButton("Approuver", () => approve(one)));
      const stop = row([], "Arrêter", decides ? () => call("POST", "/portal/changes/cancel", which) : null, "Changement arrêté.");
      line.append(...stop.cells);
      return line;
    }),
  );
  const asks = may.includes("establishment.ask");
  const open = (kind) => changes.some((one) => one.kind === kind);
  show("iban").hidden = !asks || open("iban");
  show("contact").hidden = !asks || open("contact");
  show("administrator").hidden = !asks;
  show("recovery").hidden = !asks;
  show("invite").hidden = !may.includes("staff.change");
  show("staff").replaceChildren(
    ...people.map((one) => row([one.label, ROLES[one.role]], "Fermer",
      may.includes("staff.change") && one.role !== "administrator" ? () => call("POST", "/portal/staff/close", { account: one.account }) : null,
      "Compte fermé.")),
  );
  for (const id of ["whose-role", "whose-code"])
    show(id).replaceChildren(...people.map((one) => new Option(`${one.label} (${ROLES[one.role]})`, one.account)));
}

// Who approves says it again from its own paper: what is shown would not tell it from a thief's.
function approve(one) {
  const form = show("approving");
  form.reset();
  show("approving-what").textContent = `Approuver : ${[one.establishment, whatChanges(one)].filter(Boolean).join(", ")}, demandé par ${one.asked_by}.`;
  for (const part of form.querySelectorAll("[data-kind]")) {
    part.hidden = !part.dataset.kind.split(" ").includes(one.kind);
    for (const input of part.querySelectorAll("input")) {
      input.disabled = part.hidden;
      if (input.type !== "tel") input.required = !part.hidden;
    }
  }
  form.onsubmit = (event) => {
    event.preventDefault();
    const said = { change: one.change, ...(["iban", "contact"].includes(one.kind) ? {} : { account: one.account }) };
    for (const [name, value] of new FormData(form)) if (name !== "checked") said[name] = value;
    act(async () => {
      const { code } = await call("POST", "/portal/changes/approve", said);
      form.hidden = true;
      show("given").hidden = !code;
      show("code-given").textContent = code ?? "";
    }, "Changement approuvé : en vigueur dans trois jours.");
  };
  form.hidden = false;
  form.querySelector("input:not([disabled])").focus();
}

show("not-approving").onclick = () => (show("approving").hidden = true);

const ask = (kind) => async (form) => call("POST", `/portal/changes/${kind}`, Object.fromEntries(form));

const euros = (cents) => (cents / 100).toLocaleString("fr-FR", { style: "currency", currency: "EUR" });

// What a call is made of is looked at before it is accepted.
async function showCall(one) {
  const { establishments, left_out: others, left_out_cents: cents } = await call("POST", "/portal/statements/show", { settlement: one.settlement });
  show("call-title").textContent = `Appel ${one.settlement}`;
  const out = establishments.filter((each) => each.stands_out.length);
  show("call-said").textContent = out.length ? `À regarder d'abord : ${out.length} établissement${out.length > 1 ? "s" : ""}.` : establishments.length ? "Rien ne ressort." : "Des retours seuls : rien n'est à payer.";
  if (others) show("call-said").textContent += ` Et ${others} autres établissements, pour ${euros(cents)}, dont rien ne ressort.`;
  show("call-said").classList.toggle("no", out.length > 0);
  show("call-lines").replaceChildren(
    ...[...out, ...establishments.filter((each) => !each.stands_out.length)].map((each) => {
      const line = document.createElement("tr");
      for (const text of [`${each.name} (${each.finess}, ${each.department})`, each.claims, euros(each.amount_cents), euros(each.largest_cents), `${each.new_persons} sur ${each.persons}`,
        each.without_card, each.stands_out.join(" ; ")]) line.insertCell().textContent = text;
      line.classList.toggle("no", each.stands_out.length > 0);
      return line;
    }),
  );
  show("accepting").replaceChildren();
  const accept = async () => {
    const { waits_for_another: waits } = await call("POST", "/portal/statements/accept", { settlement: one.settlement });
    show("call").hidden = true;
    return waits ? "Acceptation notée : à ce montant, une autre personne de chez vous doit accepter aussi." : "Appel accepté : ses factures sont réglées par vous.";
  };
  if (!one.accepted_at) {
    if (one.first_at) show("call-said").textContent += ` Une personne l'a accepté le ${when(one.first_at)} : une autre doit le faire.`;
    show("accepting").append(gestureButton("Accepter cet appel", accept));
  }
  show("call").hidden = false;
}

async function refreshStatements() {
  const { calls, exports } = await call("GET", "/portal/statements");
  show("calls").replaceChildren(
    ...calls.map((one) => {
      const line = row([one.settlement, when(one.closed_at), one.claims, euros(one.amount_cents - one.returned_cents - one.reissued_cents - one.funds_cents)], "Demander le fichier",
        () => call("POST", "/portal/exports/ask", { settlement: one.settlement }), "Fichier demandé : une autre personne doit l'approuver.");
      line.lastChild.append(" ", gestureButton("Regarder", () => showCall(one), `Appel ${one.settlement}, par établissement.`));
      return line;
    }),
  );
  show("exports").replaceChildren(
    ...exports.map((one) => {
      const texts = [one.settlement, by(one.asked_at, one.asked_by), one.approved_at ? by(one.approved_at, one.approved_by) : "pas encore approuvé"];
      if (one.may_take) return row(texts, "Prendre", () => take(one.settlement), "Fichier pris.");
      return row(texts, "Approuver", one.may_approve ? () => call("POST", "/portal/exports/approve", { export: one.export }) : null, "Approuvé : le demandeur a un jour pour le prendre.");
    }),
  );
}

async function take(settlement) {
  const parts = [];
  let after = ["", ""];
  while (after) {
    const page = await call("POST", "/portal/exports/take", { settlement, after });
    parts.push(page.lines);
    after = page.after;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
  link.download = `factures-${settlement}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

const REASONS = { refused: "facture refusée", unpaid: "facture non payée", amount: "montant inattendu", other: "autre question" };
const STATES = { rejected: "refusée", payable: "acceptée, à payer", "nothing-due": "acceptée, rien à payer", settled: "ordre de virement donné", cancelled: "annulée", reversed: "annulée après son règlement" };

async function refreshTickets(may) {
  const { tickets } = await call("GET", "/portal/tickets");
  show("tickets").replaceChildren(
    ...tickets.map((one) => {
      const line = row([one.establishment, one.invoice, REASONS[one.reason], when(one.opened_at)], "Voir",
        may.includes("support.view") ? () => view(one.ticket) : null, "Vue inscrite au journal.");
      line.append(...row([], "Clore", () => call("POST", "/portal/tickets/close", { ticket: one.ticket }), "Demande close.").cells);
      return line;
    }),
  );
  show("ticket").hidden = !may.includes("ticket.open");
}

async function view(ticket) {
  const seen = await call("POST", "/portal/tickets/view", { ticket });
  const shares = (one) => [one.expense_cents, one.amo_cents, one.amc_cents, one.patient_cents].map(euros);
  show("seen").hidden = false;
  show("seen-state").textContent = [`Reçue le ${when(seen.received_at)}, ${STATES[seen.state]}`, seen.control, seen.insurer, seen.transfer].filter(Boolean).join(", ");
  show("seen-lines").replaceChildren(
    ...seen.lines.map((one) => row([`ligne ${one.line}`, ...shares(one)], "", null)), row(["total", ...shares(seen)], "", null));
}

async function refreshTrail() {
  const { trail } = await call("POST", "/portal/trail", {});
  show("trail").replaceChildren(...trail.map((one) => row([when(one.at), one.event, one.about, one.establishment ?? "", one.by_account ?? ""], "", null)));
}

async function refreshApplication() {
  const { sites, application } = await call("GET", "/portal/application");
  const waits = application && application.signed_at && application.accepted === null;
  show("apply").hidden = Boolean(waits) || !sites.length;
  show("site").replaceChildren(...sites.map((one) => new Option(`${one.name} (FINESS ${one.finess}, ${one.department})`, one.finess)));
  show("apply-state").textContent = waits
    ? "Votre convention est signée. La banque n'a pas pu confirmer le compte : l'opérateur examine la demande."
    : application?.accepted === false ? "La demande a été refusée ; vous pouvez en faire une autre."
    : sites.length ? "" : "Aucun des établissements où vous exercez à votre compte n'attend de convention.";
}

let toSign = null;

async function beginApplication(form) {
  toSign = await call("POST", "/portal/application/begin", Object.fromEntries(form));
  show("document").textContent = toSign.document;
  show("signing").hidden = false;
}

async function signApplication() {
  const { application, nonce, options } = toSign;
  show("signing").hidden = true;
  await call("POST", "/portal/application/sign", { application, nonce, credential: await answer(options) });
}

const PAYEES = { match: "oui", "close-match": "nom approchant", unavailable: "pas de réponse" };

async function refreshApplications() {
  const { applications } = await call("GET", "/portal/applications");
  show("waiting").replaceChildren(
    ...applications.map((one) => {
      const decide = (accept) => () => call("POST", "/portal/applications/decide", { application: one.application, accept });
      const line = row([`${one.name}, ${one.department} (${PROFESSIONS[one.profession] ?? one.profession}, catégorie ${one.category})`, one.finess, one.siret, PAYEES[one.payee], when(one.asked_at)], "Accepter", decide(true), "Établissement conventionné.");
      line.append(...row([], "Refuser", decide(false), "Demande refusée.").cells);
      return line;
    }),
  );
}

async function inviteStaff(form) {
  const { code } = await call("POST", "/portal/staff/invite", Object.fromEntries(form));
  show("staff-code").textContent = code;
  show("staff-given").hidden = false;
}

async function refreshKeys(mayChange) {
  const { establishment, keys, software } = await call("GET", "/portal/keys");
  show("establishment").textContent = establishment;
  show("keys").replaceChildren(
    ...keys.map((one) =>
      row([[one.software, one.concentrator].filter(Boolean).join(", par "), one.thumbprint, by(one.enrolled_at, one.enrolled_by), by(one.revoked_at, one.revoked_by)], "Retirer",
        mayChange && !one.revoked_at ? () => call("POST", "/portal/keys/revoke", { thumbprint: one.thumbprint }) : null,
        "Clé retirée : ce logiciel n'entre plus.")),
  );
  show("key").hidden = !mayChange;
  show("build").replaceChildren(...software.map((one) => new Option(one.name, one.software)));
}

async function login() {
  session = null;
  const options = await call("POST", "/portal/login/begin", {});
  const opened = await call("POST", "/portal/login/finish", { credential: await answer(options) });
  await enter(opened.session);
}

async function enrol(form) {
  session = null;
  const options = await call("POST", "/portal/enrol/begin", { code: form.get("code") });
  const credential = made(await navigator.credentials.create(creation(options)));
  const opened = await call("POST", "/portal/enrol/finish", { credential, name: form.get("name") });
  await enter(opened.session);
}

// Back from who vouches for a person: what it gave is read once and leaves the address bar.
let recognised = null;

async function backFrom(door, name, whose = "") {
  const given = new URLSearchParams(location.search);
  history.replaceState(null, "", "/portal");
  session = null;
  if (!given.get("code")) throw new Refused("", `${name} n'a reconnu personne : recommencer.`);
  const back = { state: given.get("state") ?? "", code: given.get("code"), iss: given.get("iss") ?? "", amc: whose };
  recognised = await call("POST", `/portal/${door}/finish`, back);
  offerOnly(true);
}

async function leaveFor(door, asked) {
  try {
    session = null;
    location.assign((await call("POST", `/portal/${door}/begin`, asked)).location);
  } catch (error) {
    tell(error.message, true);
  }
}

// Who is recognised has one thing left to do.
function offerOnly(passkey) {
  show("recognised").hidden = !passkey;
  for (const other of ["login", "psc", "by-insurer", "enrol"]) show(other).hidden = passkey;
  if (!passkey) show("by-insurer").hidden = !show("insurer").options.length;
}

async function enrolRecognised(form) {
  const credential = made(await navigator.credentials.create(creation(recognised)));
  offerOnly(false); // what was given serves once, whatever comes of it
  const opened = await call("POST", "/portal/enrol/finish", { credential, name: form.get("name") });
  await enter(opened.session);
}

async function add(form) {
  const options = await call("POST", "/portal/passkeys/begin", {});
  const credential = made(await navigator.credentials.create(creation(options)));
  await call("POST", "/portal/passkeys/finish", { credential, name: form.get("name") });
}

async function addKey(form) {
  await call("POST", "/portal/keys/enrol", {
    software: form.get("software"), request: form.get("request"), concentrator: form.get("concentrator"),
  });
}

function on(id, gesture, done) {
  show(id).addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    act(() => gesture(new FormData(form)), done).then(() => form.reset());
  });
}

show("login").onclick = () => act(login, "Vous êtes entré.");
show("leave").onclick = () =>
  act(async () => { await call("POST", "/portal/sessions/close", { session }); throw new Refused("session-invalid", "Session fermée."); }, "");
show("leave-all").onclick = () =>
  act(async () => { await call("POST", "/portal/sessions/close", {}); throw new Refused("session-invalid", "Toutes vos sessions sont fermées."); }, "");
on("enrol", enrol, "Votre clé d'accès est créée.");
on("add", add, "Clé d'accès ajoutée.");
for (const kind of ["iban", "contact", "administrator", "recovery"]) on(kind, ask(kind), "Changement demandé : une autre personne doit l'approuver.");
on("ticket", async (form) => call("POST", "/portal/tickets/open", Object.fromEntries(form)), "Demande envoyée à l'assistance.");
on("apply", beginApplication, "Lisez la convention, puis signez-la.");
on("presence", givePresence, "Donnez ce code dans la minute : il n'ouvre qu'une réponse, à cet établissement.");
on("invite", inviteStaff, "Compte ouvert : remettez le code en main propre.");
show("sign").onclick = () => act(signApplication, "Convention signée.");
on("key", addKey, "Clé inscrite : le logiciel peut entrer.");

show("stop-recovery").onclick = () => act(() => call("POST", "/portal/recovery/stop", {}), "Demande arrêtée.");
show("psc").onclick = () => leaveFor("psc", {});
show("by-insurer").addEventListener("submit", (event) => {
  event.preventDefault();
  leaveFor("insurer", { amc: show("insurer").value });
});
on("recognised", enrolRecognised, "Votre clé d'accès est créée.");

const entrances = await (await fetch("/portal/entrances")).json();
show("by-psc").hidden = !entrances.psc;
show("insurer").append(...entrances.insurers.map(({ amc, name }) => new Option(name, amc)));
show("by-insurer").hidden = !entrances.insurers.length;
const doors = { psc: ["psc", "Pro Santé Connect"], insurer: ["insurer", "Votre assureur"] };
const [, , door, whose] = location.pathname.split("/");
if (doors[door]) {
  show("out").hidden = false;
  await backFrom(...doors[door], whose).then(() => tell("Vous êtes reconnu. Il reste à créer votre clé d'accès."), (error) => tell(error.message, true));
} else {
  session = (await kept("session")) ?? null;
  if (session) await refresh().catch(notShown);
  else show("out").hidden = false;
  const left = sessionStorage.getItem("said");
  if (left && !session) tell(left);
  sessionStorage.removeItem("said");
}
document.documentElement.dataset.ready = "yes";
