// What an insured person sees of itself: what exposed it, its contract, what it would pay, its invoices.

const show = (id) => document.getElementById(id);
const euros = (cents) => (cents / 100).toLocaleString("fr-FR", { style: "currency", currency: "EUR" });
// A day is of the calendar, wherever it is read: never an instant of another zone.
const dated = (day) => new Date(`${day}T00:00`).toLocaleDateString("fr-FR");

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function line(cells) {
  const made = document.createElement("tr");
  for (const text of cells) made.insertCell().textContent = text;
  return made;
}

export async function refreshOwn(call, tell, nameCells) {
  // What cannot be shown now says so, and keeps nothing else from being seen.
  for (const [id, refreshed] of [
    ["incidents", () => refreshIncidents(call)],
    ["covers", () => refreshCover(call)],
    ["own-claims-said", () => refreshClaims(call, tell, nameCells)],
  ]) {
    try {
      await refreshed();
    } catch (error) {
      if (error.code === "session-invalid") throw error;
      show(id).replaceChildren(element("p", error.message));
      if (id === "covers") show("estimate").hidden = true;
    }
  }
  show("estimate").onsubmit = async (event) => {
    event.preventDefault();
    try {
      await estimate(call);
      nameCells();
    } catch (error) {
      show("estimated").hidden = true;
      tell(error.message, true);
    }
  };
}

async function refreshIncidents(call) {
  const { incidents } = await call("GET", "/portal/incidents");
  const said = incidents.map((one) => {
    const counted = one.goes_on ? ` à ce jour (compté le ${dated(one.counted_on)})` : "";
    const verdict = one.is_concerned ? "Vous êtes concerné." : `Vous n'êtes pas concerné${counted}.`;
    const when = one.since === one.until ? `Le ${dated(one.since)}` : `Entre le ${dated(one.since)} et le ${dated(one.until)}`;
    const what = `${when} : ${one.what} ${one.seen} ${one.unseen} ${one.done}`;
    return element("div", "", element("p", "", element("strong", verdict)), element("p", what));
  });
  const care = "Personne ne doit vous demander un code ni un mot de passe au téléphone ; en cas de doute, appelez le numéro de votre carte.";
  show("incidents").replaceChildren(...(said.length ? [...said, element("p", care)] : [element("p", "Aucun incident n'a été déclaré.")]));
}

async function refreshCover(call) {
  const { covers, cares } = await call("GET", "/portal/cover");
  show("covers").replaceChildren(...covers.map(covered));
  if (!covers.length) show("covers").append(element("p", "Aucun contrat n'est connu ici."));
  show("estimate").hidden = !covers.some((one) => one.holds_today);
  show("care").replaceChildren(...cares.map((one) => new Option(one.care, one.care)));
  const usual = () => {
    const chosen = cares.find((one) => one.care === show("care").value);
    show("prices").replaceChildren(
      ...(chosen?.acts ?? []).flatMap((act, at) => {
        const text = chosen.acts.length > 1 ? `Prix en euros : ${act}` : "Prix que l'on vous annonce, en euros";
        const value = (chosen.prices_cents[at] / 100).toLocaleString("fr-FR", { minimumFractionDigits: 2, useGrouping: false });
        const input = Object.assign(element("input"), { id: `price-${at}`, name: "price", required: true, inputMode: "decimal", autocomplete: "off", maxLength: 12, value });
        return [Object.assign(element("label", text), { htmlFor: input.id }), input];
      }),
    );
    show("estimated").hidden = true;
  };
  show("care").onchange = usual;
  usual();
}

function dayBefore(day) {
  const before = new Date(`${day}T00:00`);
  before.setDate(before.getDate() - 1);
  return before.toLocaleDateString("fr-FR");
}

function covered(one) {
  const until = one.end_on ? `, jusqu'au ${dayBefore(one.end_on)}` : "";
  const held = one.holds_today ? "" : " (ne couvre pas aujourd'hui)";
  const box = element("div", "", element("p", `${one.insurer} (${one.amc_number}), depuis le ${dated(one.start_on)}${until}${held}.`));
  for (const level of one.levels) {
    const table = Object.assign(element("table"), { className: "plain" });
    table.append( element("thead", "", element("tr")), element("tbody"));
    for (const head of ["Soin", "Ce que donne votre contrat"]) table.tHead.rows[0].append(Object.assign(element("th", head), { scope: "col" }));
    let section = "";
    for (const each of level.lines) {
      if (each.section !== section) {
        section = each.section;
        table.tBodies[0].append(element("tr", "", Object.assign(element("th", section), { scope: "colgroup", colSpan: 2 })));
      }
      table.tBodies[0].append(line([each.label, each.texts.join(" ; ")]));
    }
    const scroll = element("div", "", table);
    scroll.className = "scroll";
    const notes = level.notes.length ? [element("ul", "", ...level.notes.map((note) => element("li", note)))] : [];
    box.append(element("details", "", element("summary", `${level.label}, version du ${dated(level.version_on)}`), scroll, ...notes));
  }
  return box;
}

async function estimate(call) {
  show("estimated").hidden = true;
  const prices = [...show("prices").querySelectorAll("input")].map((one) => Math.round(Number(one.value.replace(/[\s€]/g, "").replace(",", ".")) * 100));
  if (!prices.every((one) => one >= 0)) throw new Error("Un prix en euros, par exemple 270,00.");
  const said = await call("POST", "/portal/estimate", { care: show("care").value, prices_cents: prices });
  show("left-to-pay").textContent = `Il vous resterait ${euros(said.patient_cents)} à payer.`;
  show("estimate-shares").replaceChildren(
    line(["Prix", euros(said.expense_cents)]),
    line(["Sécurité sociale", euros(said.amo_cents)]),
    line(["Votre mutuelle", euros(said.amc_cents)]),
    line(["Vous", euros(said.patient_cents)]),
  );
  show("reckoning").replaceChildren(
    ...said.steps.map((step) => {
      const item = element("li", step.says);
      if (step.source) item.append(" ", element("small", `(${step.source})`));
      return item;
    }),
  );
  const held = said.held_until ? [`Une prise en charge vous réserve des droits jusqu'au ${dated(said.held_until)} : ce calcul est celui du soin pour lequel elle est faite.`] : [];
  const others = said.other_covers ? [`Plusieurs contrats vous couvrent : ce calcul est celui de ${said.insurer} seul, et un professionnel devra savoir lequel interroger.`] : [];
  show("estimate-said").textContent = [...held, ...others].join(" ");
  show("estimated").hidden = false;
  show("left-to-pay").focus();
}

async function refreshClaims(call, tell, nameCells, before) {
  const { claims } = await call("POST", "/portal/claims", before ? { before } : {});
  const lines = claims.map((one) =>
    line([dated(one.care_on), one.name, one.acts.join(" ; "), euros(one.expense_cents), euros(one.amo_cents), euros(one.amc_cents + one.other_amc_cents),
      euros(one.patient_cents), one.french]));
  if (before) show("own-claims").append(...lines);
  else show("own-claims").replaceChildren(...lines);
  show("own-claims-said").replaceChildren();
  show("earlier-claims").hidden = claims.length < 50;
  nameCells();
  if (claims.length) show("earlier-claims").onclick = () => refreshClaims(call, tell, nameCells, claims.at(-1).received_at).catch((error) => tell(error.message, true));
}
