// What an operator watches: how the service is, what the gate noted, what is contained, incidents and their clocks.

const show = (id) => document.getElementById(id);
const when = (text) => (text ? new Date(text).toLocaleString("fr-FR", { dateStyle: "short", timeStyle: "short" }) : "");
const MODES = { "card-only": "sur carte seule", off: "arrêté" };
const KINDS = { establishment: "établissement", key: "clé de logiciel", vendor: "éditeur", build: "version de logiciel", concentrator: "concentrateur", amc: "assureur",
  flow: "flux", profession: "profession", department: "département", method: "moyen d'authentification", person: "compte" };
const READY = { database: "base de données", disk: "disque libre", laws: "lois des comptes", "laws-checked": "dernière vérification des lois", "log-lag": "retard du journal",
  witnesses: "retard des témoins", "backup-lag": "retard de la sauvegarde" };

function line(cells, ...gestures) {
  const made = document.createElement("tr");
  for (const text of cells) made.insertCell().textContent = text;
  if (gestures.length) made.insertCell().append(...gestures);
  return made;
}

const PERSONS = (count) => `${count} personne${count > 1 ? "s" : ""}`;

// What an insurer was told of: its own members by number, and what it owes by when.
export async function refreshTold(call) {
  const { incidents } = await call("GET", "/portal/incidents/told");
  show("told").replaceChildren(
    ...incidents.map((one) =>
      told({ ...one, answers: null, opened_by: null, what: `${one.what} Vu : ${one.seen}. ${one.unseen}${one.goes_on ? ` Compté le ${when(one.reckoned_at)} ; la fenêtre court encore.` : ""}` })),
  );
  show("none-told").hidden = incidents.length > 0;
}

export async function refreshConsole(call, may, gestureButton) {
  const contain = (segment) => call("POST", "/portal/segments/set", segment);
  const { facts, segments, incidents, objections } = await call("GET", "/portal/console");
  await refreshReady();
  // A line about an establishment, with the gesture that shuts it, or the word that it is.
  const ofEstablishment = (one, value, at, said, reason) => {
    const asked = { kind: "establishment", value, mode: "card-only", hours: 24, reason };
    const gesture = may.includes("segments.change") && !one.is_contained
      ? gestureButton("Carte seule, 24 h", () => contain(asked), "Cet établissement ne répond plus que sur carte.")
      : document.createTextNode(one.is_contained ? "contenu" : "");
    return line([when(at), `${one.name} (${one.finess}, ${one.department})`, said], gesture);
  };
  show("facts").replaceChildren(...facts.map((one) => ofEstablishment(one, one.establishment, one.at, one.means, one.means)));
  show("objections").replaceChildren(
    ...objections.map((one) => {
      const persons = PERSONS(one.persons);
      return ofEstablishment(one, one.establishment_id, one.last_at, persons, `${persons} : « ce n'était pas moi »`);
    }),
  );
  show("no-objection").hidden = objections.length > 0;
  show("no-fact").hidden = facts.length > 0;
  show("contained").replaceChildren(
    ...segments.map((one) => line([`${KINDS[one.kind] ?? one.kind} : ${one.said}`, MODES[one.mode] ?? one.mode, one.reason, when(one.since), when(one.until)])),
  );
  show("no-contained").hidden = segments.length > 0;
  show("contain").hidden = !may.includes("segments.change");
  show("open-incidents").replaceChildren(...incidents.map(told));
  show("no-incident").hidden = incidents.length > 0;
  for (const id of ["facts", "contained", "objections"]) show(id).closest(".scroll").hidden = !show(id).rows.length;
  return contain;
}

async function refreshReady() {
  const answer = await fetch("/ready");
  const said = await answer.json();
  const checks = Object.entries(said.checks ?? {});
  show("ready").textContent = answer.ok ? "Le service répond." : "Le service ne peut pas tout servir.";
  const bad = checks.filter(([, one]) => !one.ok).map(([name, one]) => `${READY[name] ?? name} (${one.value ?? "inconnu"}, attendu : ${one.threshold})`);
  show("not-ready").textContent = bad.length ? `À voir : ${bad.join(" ; ")}.` : `${checks.length} vérifications, toutes bonnes.`;
  show("not-ready").classList.toggle("no", bad.length > 0);
}

function told(one) {
  const box = document.createElement("details");
  box.open = !one.closed_at;
  const late = one.clocks.filter((clock) => clock.state === "late").length;
  const said = document.createElement("summary");
  said.textContent = `${one.incident} : ${PERSONS(one.persons)}${one.answers === null ? "" : `, ${one.answers} réponses`}${one.closed_at ? `, clos le ${when(one.closed_at)}` : ""}${late ? `, ${late} en retard` : ""}`;
  const what = document.createElement("p");
  what.textContent = `${one.what} Du ${when(one.since)} au ${when(one.until)} ; su le ${when(one.aware_at)}${one.opened_by ? `, ouvert par ${one.opened_by}` : ""}.`;
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const text of ["Devoir", "De qui", "Quoi", "Avant", "Où en est-il"]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = text;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const clock of one.clocks) {
    const row = line([clock.code, clock.for, clock.duty, when(clock.due_at), clock.done_at ? `${clock.french}, ${when(clock.done_at)}` : clock.french]);
    row.title = clock.source;
    row.classList.toggle("no", clock.state === "late");
    body.append(row);
  }
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.append(table);
  box.append(said, what, scroll);
  return box;
}
