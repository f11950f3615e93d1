//! Names of what becomes known only after the hand-off: reasons of loss, closing, payment, contract, last activity, stage, ...
//!
//! Always true: a strong name is that of nothing else; a weak one is, in other tables, that of an honest column, and figures have to
//! join it. What an earlier sale or campaign came to is known when the next lead is handed off.

use super::super::vocabulary::{Name, Phrases};

/// How surely a name is that of something known only afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::data::checks) struct Named {
    /// What the name is that of.
    pub what: &'static str,
    /// Whether the name alone is enough.
    pub is_strong: bool,
}

/// What the name of a column says; `None` where nothing.
pub(in crate::data::checks) fn named(column: &str) -> Option<Named> {
    let name = Name::of(column);
    let find =
        |kinds: &[(&'static str, Phrases)]| kinds.iter().find(|(_, phrases)| name.has(phrases)).map(|(what, _)| *what);
    let is_of_earlier = name.has(EARLIER);
    match (find(STRONG), find(WEAK)) {
        (Some(what), _) => Some(Named { what, is_strong: !is_of_earlier }),
        (None, Some(what)) if !is_of_earlier => Some(Named { what, is_strong: false }),
        _ => None,
    }
}

/// Spans, which cannot be negative where both ends were known.
pub(super) const SPAN: Phrases = "days, hours, minutes, seconds, weeks, months, since, duration, elapsed, age, time since, time to, tage, stunden, \
 dauer, seit, jours, heures, duree, depuis, dias, horas, duracion, desde, duracao, giorni, ore, durata, dagen, duur, \
 дней";

/// Words of what came before this lead.
const EARLIER: Phrases = "previous, prev, prior, past, earlier, former, historic*, history, last campaign, last year, last order, last \
 purchase, vorherig*, fruher*, letzte kampagne, precedent*, anterior*, ancien*, vorige, eerder*";

const STRONG: &[(&str, Phrases)] = &[
    (
        "the reason of a loss or a win",
        "lost reason, loss reason, lose reason, reason lost, reason of loss, reason for loss, reason for losing, \
         reason for lost, closed lost, close reason, closing reason, closed reason, reason closed, rejection reason, \
         reject reason, rejected reason, reason for rejection, reason of rejection, reason rejected, disqualification \
         reason, disqualified reason, disqualify reason, unqualified reason, reason unqualified, junk reason, dead \
         reason, churn reason, cancellation reason, cancel reason, decline reason, won reason, win reason, closed \
         won, reason won, win loss reason, status reason, verlustgrund, absagegrund, ablehnungsgrund, grund der \
         ablehnung, grund fur verlust, verlorengrund, kundigungsgrund, stornogrund, motif de perte, raison de perte, \
         raison de la perte, motif de refus, motif de rejet, motivo de perdida, motivo de perda, motivo da perda, \
         motivo perdita, motivo di perdita, motivo de rechazo, razon de perdida, motivo del rifiuto, reden verlies, \
         reden van verlies, afwijzingsreden, причина отказа, причина проигрыша, powod utraty",
    ),
    (
        "when or how the lead closed",
        "close date, closed date, closing date, date closed, date close, closed at, closed on, close time, closed \
         time, closing time, won date, date won, won at, won on, won time, lost date, date lost, lost at, lost on, \
         lost time, conversion date, converted date, date converted, converted at, converted on, conversion time, \
         converted time, converted account, converted contact, converted opportunity, converted deal, converted by, \
         days to close, time to close, days to convert, time to convert, days to conversion, became a customer, \
         became customer, became an opportunity, became a opportunity, sales cycle, closed by, is \
         closed, is lost, is won, =won, =lost, =closed, closed flag, approved at, approval date, activation date, \
         activated at, signed at, signed on, sign date, signature date, rejected at, rejected on, rejection date, \
         cancelled at, canceled at, cancellation date, churn date, churned at, disqualified at, disqualified date, \
         date ddelivered at, fulfilled at, refund, refunds, refunded, enrollment date, enrolment date, abschlussdatum, \
         schlusstermin, abgeschlossen am, gewonnen am, verloren am, date de cloture, cloture le, date de signature, \
         fecha de cierre, fecha cierre, data de fechamento, data de fecho, data fechamento, data di chiusura, data \
         chiusura, sluitingsdatum, afsluitdatum, gesloten op, дата закрытия, data zamkniecia, =rejected, =declined, \
         =approved, =cancelled, =canceled, is cancelled, is canceled, =churned, is converted, =disqualified, is \
         disqualified",
    ),
    (
        "payment",
        "amount paid, paid amount, payment date, date of payment, payment received, payment done, payment status, \
         paid at, paid on, date paid, is paid, =paid, first payment, initial payment, initial amount, down payment, \
         total paid, total payment, total pymnt, last pymnt, total rec, amount received, received amount, amount \
         collected, collected amount, recoveries, collection recovery, out prncp, deposit paid, deposit date, bezahlt \
         am, bezahlter betrag, gezahlt, zahlungsdatum, zahlungseingang, anzahlung, date de paiement, montant paye, \
         fecha de pago, importe pagado, monto pagado, data de pagamento, valor pago, data di pagamento, data \
         pagamento, importo pagato, betaaldatum, betaald bedrag, дата оплаты, сумма оплаты",
    ),
    (
        "an invoice, an order or a contract",
        "invoice, invoices, invoiced, invoice*, contract date, contract signed, contract number, contract id, \
         contract value, contract start, contract end, contract amount, contract sent, order number, order placed, \
         purchase date, purchased at, date of purchase, rechnung*, vertragsdatum, vertragsnummer, vertragswert, \
         vertragsabschluss, vertragsbeginn, auftragsnummer, auftragsdatum, auftragswert, bestelldatum, facture, \
         factures, numero de facture, date du contrat, factura, facturado, fatura, faturado, fattura, fatturato, \
         factuur*, contractdatum, data do contrato, fecha de contrato, data contratto, счет, номер договора",
    ),
    (
        "the deal that came of the lead",
        "opportunity created, opportunity date, open opportunity, has opportunity, opportunity estimated, opportunity \
         amount, opportunity value, opportunity acv, opportunity status, opportunity stage, opportunity id, \
         opportunity closed, opportunity won, number of opportunities, num opportunities, associated deal, associated \
         deals, num associated deals, deal created, deal closed, deal won, won amount, amount won, closed amount, \
         amount closed, closed revenue, won revenue, revenue won, recent deal, total revenue, closed won amount, deal \
         amount won",
    ),
    (
        "the last activity",
        "last activity, times contacted, last meeting, meeting booked, last activities, last notable activity, last modified, last modification, last updated, last \
         update, last edited, date modified, modified date, modified at, modified on, modified time, updated at, \
         updated on, date updated, last contacted, last contact date, last contact time, last contact at, last \
         called, last call, last engagement, last action, last stage change, last status change, next activity, next \
         step, next steps, next action, next follow up, next contact, next call, next task, follow up date, letzte \
         aktivitat, letzter kontakt, zuletzt geandert, geandert am, letzte anderung, nachster schritt, nachste \
         schritte, nachste aktivitat, derniere activite, dernier contact, derniere modification, modifie le, \
         prochaine etape, ultima actividad, ultimo contacto, ultima modificacion, proximo paso, ultima atividade, \
         ultimo contato, ultima modificacao, proximo passo, proxima etapa, ultima attivita, ultimo contatto, ultima \
         modifica, prossimo passo, laatste activiteit, laatst gewijzigd, volgende stap, последняя активность, \
         следующий шаг",
    ),
    (
        "the stage or status it has reached",
        "=stage, =status, =current stage, =current status, =final status, =final stage, lead stage, lead status, deal \
         stage, deal status, sales stage, sales status, pipeline stage, funnel stage, lifecycle stage, life cycle \
         stage, prospect status, prospect stage, contact status, loan status, application status, reservation status, \
         order status, booking status, call status, call outcome, call result, call disposition, =disposition, lead \
         disposition, =outcome, =result, =results, final outcome, last stage, stage name, stage entered, entered \
         stage, time in stage, days in stage, stage duration, customer status, enrollment status, enrolment status, \
         admission status, =phase, =statut, =etape, =etapa, =estado, =fase, =stato, =stadium, verkaufsphase, \
         vertriebsphase, leadstatus, auftragsstatus, etape de vente, statut du lead, etapa del negocio, estado del \
         lead, etapa do negocio, status do lead, fase di vendita, stato del lead, статус сделки, стадия, этап сделки, \
         =статус",
    ),
    (
        "how sure sales is of the deal",
        "=probability, win probability, deal probability, close probability, closing probability, probability to \
         close, probability of closing, deal forecast, forecast category, forecast amount, forecasted amount, \
         =forecast, weighted amount, weighted value, weighted revenue, expected close, expected closing, \
         =wahrscheinlichkeit, abschlusswahrscheinlichkeit, =probabilite, =probabilidad, =probabilidade, =probabilita, \
         =waarschijnlijkheid, =вероятность",
    ),
    (
        "what sales made of the lead",
        "lead quality, =quality, deal quality, lead grade by sales, quality by sales, sales rating, sales grade, \
         sales feedback, accepted by sales, sales accepted, sales qualified, qualified by sales, rejected by sales, \
         =sql, =sal, is sql, sql date, qualified date, qualified at, =tags, =tag, sales \
         notes, sales remarks, qualitat des leads, leadqualitat, =qualitat, qualite du lead, =qualite, calidad del \
         lead, =calidad, qualidade do lead, =qualidade, qualita del lead, =qualita, =kwaliteit, =качество",
    ),
    (
        "how fast or how long sales worked the lead",
        "=sla, >sla, sla time, sla status, sla met, first response, response time, time to respond, time to first, \
         speed to lead, first call time, time until first, call duration, call length, duration of call, talk time, \
         call time, duration of the call, number of sales calls, gesprachsdauer, anrufdauer, reaktionszeit, \
         antwortzeit, duree de l appel, duree d appel, duracion de la llamada, duracao da chamada, durata della \
         chiamata, gespreksduur",
    ),
    (
        "the room, seat or product that was given out",
        "assigned room, assigned room type, assigned seat, check out date, checkout date",
    ),
];

const WEAK: &[(&str, Phrases)] = &[
    (
        "an amount of the deal",
        "=amount, =revenue, =value, deal value, deal size, deal amount, =acv, =arr, =mrr, =tcv, expected revenue, \
         expected amount, offer amount, offer total, total amount, sale amount, sales amount, order value, order \
         amount, quote amount, quoted amount, price paid, =price, final price, discount, =betrag, =umsatz, =wert, \
         auftragssumme, =montant, =chiffre d affaires, =importe, =monto, =valor, =importo, =bedrag, =сумма",
    ),
    (
        "payment",
        "payment, payments, =pay, paid, pymnt, =deposit, zahlungsart, zahlungsweise, paiement, pago, pagamento, \
         betaling, оплата",
    ),
    (
        "a contract, an offer or a later step of the sale",
        "contract, proposal, quote, quotation, offer sent, offer made, negotiation, demo held, demo completed, demo \
         done, meeting held, meeting done, meeting completed, trial started, onboarding, =vertrag, =angebot, contrat, \
         devis, contrato, presupuesto, proposta, contratto, preventivo, offerte, won, lost, closed, converted, \
         conversion, is qualified, =qualified, approved, declined, rejected, cancelled, canceled, activated, signed, =activated, opportunity, \
         enrolled, installed",
    ),
    (
        "a status, a rating or a reason",
        "status, stage, reason, rating, grade, outcome, result, tags, remarks, comments, feedback, notes, grund, \
         bewertung, motivo, motif, phase",
    ),
    (
        "how long or how often sales worked the lead",
        "=duration, =dauer, =duree, =duracion, =duracao, =durata, =duur, =length, number of calls, calls made, call \
         attempts, call count, num calls, attempts, number of activities, activity count, n events, number of events, \
         times contacted, number of times contacted, number of sales activities, last seen, last touch, last login, \
         days since last",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strong_names_are_known_in_common_languages() {
        for name in [
            "Lost Reason",
            "Closed Lost Reason",
            "closedLostReason",
            "Verlustgrund",
            "Motif de perte",
            "Motivo da perda",
            "Close Date",
            "Closing Date",
            "won_date",
            "Fecha de cierre",
            "Abschlussdatum",
            "Initial Amount Paid",
            "total_pymnt",
            "recoveries",
            "Rechnungsnummer",
            "invoice_no",
            "Last Activity",
            "Last Notable Activity",
            "Letzte Aktivität",
            "Lead Stage",
            "Deal Stage",
            "Lead Status",
            "reservation_status",
            "reservation_status_date",
            "loan_status",
            "Probability (%)",
            "Forecast category",
            "Next step",
            "Lead Quality",
            "Quality",
            "Tags",
            "SLA",
            "opportunity_created",
            "has_open_opportunity",
            "opportunity_estimated_acv",
            "accepted_by_sales",
            "Call Duration (in seconds)",
            "Converted Account ID",
            "Last activity date",
            "IsClosed",
            "Number of associated deals",
        ] {
            let found = named(name);
            let is_known = found.is_some_and(|found| found.is_strong);
            assert!(is_known, "{name}: {found:?}");
        }
    }

    #[test]
    fn weak_names_need_figures() {
        for name in
            ["Amount", "duration", "Payment Type", "Contract", "PaymentMethod", "Rating", "declared revenue status"]
        {
            assert!(named(name).is_some_and(|found| !found.is_strong), "{name}");
        }
    }

    #[test]
    fn honest_names_say_nothing() {
        for name in [
            "budget",
            "Budgt_alloc",
            "Authority",
            "Needs_def",
            "seconds_on_site",
            "Page Value",
            "Month",
            "poutcome",
            "pdays",
            "previous",
            "Industry",
            "Lead Source",
            "Company size",
            "Lead Origin",
            "Total Visits",
            "What is your current occupation",
            "campaign",
            "SpecialDay (probability)",
            "duration_in_month",
            "education",
            "housing",
            "loan",
            "hours-per-week",
            "capital-loss",
            "expected_acv",
            "landing_page_id",
            "origin",
            "lead_time",
            "adr",
            "customer_type",
            "deposit_type",
            "job",
            "Closeness",
        ] {
            let found = named(name);
            assert!(found.is_none() || !found.is_some_and(|found| found.is_strong), "{name}: {found:?}");
        }
        for name in ["previous_outcome", "Previous lost reason", "prior contract date"] {
            assert!(named(name).is_none_or(|found| !found.is_strong), "{name}");
        }
    }
}
