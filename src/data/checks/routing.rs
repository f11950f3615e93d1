//! Routing: columns that say who works the lead. That is decided when the lead is handed off, and by rules that may change; points
//! for a colleague are no reason to work a lead.

use super::values::Sampled;
use super::vocabulary::{Name, Phrases};
use crate::data::table::Column;
use crate::notes::count;

/// Why the column says who works the lead; `None` where it does not.
pub(super) fn routing(column: &Column, values: &Sampled) -> Option<String> {
    let name = Name::of(&column.name);
    let n_levels = values.n_distinct();
    let is_answer = matches!(values, Sampled::Levels { names, .. } if names.len() <= 2);
    // `agent` with numbers is a travel agency or a piece of software, not a colleague.
    let is_named = name.has(COLLEAGUE) || (name.has(COLLEAGUE_IN_TEXT) && matches!(values, Sampled::Levels { .. }));
    if !is_named || name.has(OWNS_SOMETHING_ELSE) || is_answer || n_levels < 2 {
        return None;
    }
    Some(format!(
        "says by its name who works the lead, {} of them: that is decided by routing, and may be decided otherwise next month",
        count(n_levels as u64)
    ))
}

const COLLEAGUE: Phrases = ">owner, >owner name, >owner id, >owner email, >owner alias, >owner team, lead owner, deal owner, contact owner, \
 account owner, opportunity owner, record owner, >assigned to, >assigned user, >assigned rep, >assigned agent, \
 >assignee, >assigned, =sdr, >sdr name, >sdr id, >sdr, =bdr, >bdr, >bdr name, >bdr id, =rep, >sales rep, >sales reps, \
 >rep name, >rep id, >sr id, >salesrep, >salesman, >sales person, >salesperson, >sales executive, >sales manager, \
 >sales representative, >sales agent, >lead agent, >agent name, >agent id, >call agent, >account executive, =ae, \
 >account manager, >relationship manager, >counsellor, >counselor, >telecaller, >caller name, >handled by, >worked \
 by, >managed by, >closer, >setter, >created by, >modified by, >last modified by, >responsible, >responsible person, \
 >responsible user, >betreuer, >kundenbetreuer, >vertriebler, >vertriebsmitarbeiter, >bearbeiter, >sachbearbeiter, \
 zustandig*, >zustandiger, >zugewiesen an, >verantwortlich, >verantwortlicher, >inhaber, >besitzer, >proprietaire, \
 >commercial, >charge d affaires, >attribue a, >responsable, >propietario, >vendedor, >asesor, >comercial, >asignado \
 a, >proprietario, >responsavel, >atribuido a, >venditore, >commerciale, >assegnato a, >responsabile, >eigenaar, \
 >verkoper, >toegewezen aan, >ответственный, >менеджер, >opiekun";
const COLLEAGUE_IN_TEXT: Phrases =
    "=agent, =agents, =agente, =consultant, =advisor, =adviser, =berater, =conseiller, =owner";

/// What else has an owner: the answer describes the lead.
const OWNS_SOMETHING_ELSE: Phrases = "home owner, house owner, car owner, property owner, business owner, pet owner, boat owner, land owner, is owner, \
 product owner, process owner, decision owner, budget owner, vehicle owner, device owner, previous owner";

#[cfg(test)]
mod tests {
    use super::*;

    fn is_routing(name: &str, n_levels: usize) -> bool {
        let column = Column::new(name, (0..300).map(|at| format!("c{}", at % n_levels)));
        let rows: Vec<usize> = (0..300).collect();
        routing(&column, &Sampled::read(&column, &rows)).is_some()
    }

    #[test]
    fn colleagues_are_told_by_name_in_common_languages() {
        for name in [
            "Deal Owner Name",
            "Assigned To",
            "SDR",
            "Rep",
            "Betreuer",
            "Lead Agent",
            "Lead Owner",
            "OwnerId",
            "sdr_id",
            "Zuständig",
            "Propriétaire",
            "Vendedor",
            "Responsável",
            "Agent",
        ] {
            assert!(is_routing(name, 12), "{name}");
        }
    }

    #[test]
    fn other_owners_and_answers_are_criteria() {
        for name in ["Home owner", "business_owner", "report", "Product Owner", "representation", "Ownership", "Seller"]
        {
            assert!(!is_routing(name, 12), "{name}");
        }
        assert!(!is_routing("Owner", 2), "yes and no");
        let numbers = Column::new("agent", (0..300).map(|at| (at % 40) as f64));
        let rows: Vec<usize> = (0..300).collect();
        assert_eq!(routing(&numbers, &Sampled::read(&numbers, &rows)), None);
    }
}
