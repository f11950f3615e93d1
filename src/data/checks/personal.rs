//! Personal data: columns that name a person, a company or where they live, whatever their number of levels.
//!
//! In: the name of a column and a sample of its values. Out: why it is personal data.
//!
//! Always true: no reason shows a value.

use super::values::Sampled;
use super::vocabulary::{Name, Phrases};
use crate::data::table::{Column, Content};
use crate::notes::count;

/// Fewer levels than this are answers ("yes, registered"), not names.
const MIN_LEVELS: usize = 6;

/// Why the column is personal data; `None` where it is not.
pub(super) fn personal(column: &Column, values: &Sampled) -> Option<String> {
    let name = Name::of(&column.name);
    match values {
        Sampled::Levels { positions, names } if matches!(column.content, Content::Texts(_)) => {
            let counts = counts_of(positions, names.len());
            by_values(names, &counts).or_else(|| by_name(&name, names.len(), &counts))
        }
        Sampled::Numbers(numbers) if column.content.is_whole() && name.has(PHONE) => {
            let n_filled = numbers.iter().filter(|number| !number.is_nan()).count();
            let n_long = numbers.iter().filter(|number| number.abs() >= MIN_PHONE).count();
            (2 * n_long > n_filled).then(|| format!("phone numbers by its name, in {} leads", count(n_filled as u64)))
        }
        _ => None,
    }
}

/// The least number with as many digits as a phone number.
const MIN_PHONE: f64 = 1_000_000.0;

fn counts_of(positions: &[Option<u32>], n_levels: usize) -> Vec<usize> {
    let mut counts = vec![0; n_levels];
    positions.iter().flatten().for_each(|&at| counts[at as usize] += 1);
    counts
}

/// What values look like, and the share of the filled leads from which on a column is of the kind.
type Look = (&'static str, f64, fn(&str) -> bool);

const LOOKS: &[Look] = &[
    ("e-mail addresses", 0.3, is_email),
    ("phone numbers", 0.7, is_phone),
    ("street addresses", 0.5, is_street),
    ("web addresses", 0.5, is_web_address),
    ("names of companies", 0.25, is_company),
    ("names of people", 0.6, is_person),
];

fn by_values(names: &[String], counts: &[usize]) -> Option<String> {
    let n_filled: usize = counts.iter().sum();
    LOOKS.iter().filter(|_| names.len() >= MIN_LEVELS).find_map(|&(what, share, looks)| {
        let alike = names.iter().zip(counts).filter(|(name, _)| looks(name));
        let n_alike: usize = alike.map(|(_, n)| n).sum();
        let n_levels = names.iter().filter(|name| looks(name)).count();
        (n_alike as f64 >= share * n_filled as f64 && n_levels >= MIN_LEVELS)
            .then(|| format!("{what}: {} of {} filled leads have one", count(n_alike as u64), count(n_filled as u64)))
    })
}

/// Whether a name is that of personal data, whatever the values are.
pub(super) fn is_personal_name(column: &str) -> bool {
    kind_of_name(&Name::of(column)).is_some()
}

fn kind_of_name(name: &Name) -> Option<&'static str> {
    let kinds = [
        ("e-mail addresses", EMAIL),
        ("phone numbers", PHONE),
        ("names of people", PERSON),
        ("names of companies", COMPANY),
        ("street addresses", ADDRESS),
        ("web addresses", WEB),
    ];
    kinds.into_iter().find(|(_, phrases)| name.has(phrases)).map(|(what, _)| what)
}

fn by_name(name: &Name, n_levels: usize, counts: &[usize]) -> Option<String> {
    if n_levels < MIN_LEVELS {
        return None;
    }
    let what = kind_of_name(name)?;
    let n_filled: usize = counts.iter().sum();
    Some(format!(
        "{what} by its name: {} different ones in {} filled leads",
        count(n_levels as u64),
        count(n_filled as u64)
    ))
}

const EMAIL: Phrases = ">email, >e mail, >mail, >email address, >e mail address, >emailaddress, >mail address, >email id, >emails, \
 >mailadresse, >mail adresse, >emailadresse, >courriel, >correo, >correo electronico, >posta elettronica, >почта, \
 email 1, email 2, >email domain";
const PHONE: Phrases = ">phone, >phone number, >phone no, >mobile, >mobile number, >mobile no, >mobile phone, >cell, >cell phone, \
 >cellphone, >telephone, >telephone number, >tel, >fax, >fax number, >whatsapp, >whatsapp number, >contact number, \
 >contact no, >telefon, >telefonnummer, >telefonnr, >handy, >handynummer, >mobil, >mobilnummer, >mobiltelefon, \
 >rufnummer, >portable, >telefono, >movil, >celular, >telefone, >cellulare, >telefoonnummer, >telefoon, >mobiel, \
 >телефон";
const PERSON: Phrases = "=name, =names, >first name, >firstname, >last name, >lastname, >full name, >fullname, >surname, >given name, >family \
 name, >middle name, >nickname, >username, >user name, >contact name, >lead name, >customer name, >client name, \
 >person name, >person, >student name, >candidate name, >prospect name, >deal name, >opportunity name, >contact, \
 >primary contact, >associated contact, >vorname, >nachname, >zuname, >familienname, >ansprechpartner, >kundenname, \
 >kontaktname, >prenom, =nom, >nom de famille, >nom complet, =nombre, >nombre completo, >apellido, >apellidos, \
 >primer nombre, =nome, >nome completo, >sobrenome, >apelido, >cognome, >voornaam, >achternaam, =naam, =имя, \
 =фамилия, =фио, =imie, >nazwisko";
const COMPANY: Phrases = "=company, >company name, >companyname, >associated company, >account name, =account, >organization name, \
 >organisation name, =organization, =organisation, >business name, >employer, >employer name, >school name, =firma, \
 >firmenname, =unternehmen, >unternehmensname, =societe, =entreprise, >nom de l entreprise, >raison sociale, \
 =empresa, >nombre de la empresa, >nome da empresa, >razon social, >razao social, =azienda, >ragione sociale, \
 =bedrijf, >bedrijfsnaam, =компания";
const ADDRESS: Phrases = ">address, >address 1, >address 2, >address line, >address line 1, >address line 2, >street, >street name, >street \
 address, >ip, >ip address, >adresse, >anschrift, >strasse, >rue, >direccion, >calle, >endereco, >indirizzo, >adres, \
 >straat, >latitude, >longitude, >адрес";
const WEB: Phrases = ">website, >web site, >website url, >homepage, >linkedin, >linked in, >linked in url, >linkedin url, >linkedin profile, >profile url, >facebook \
 profile, >twitter handle, >skype, >skype id, >webseite, >site web, >sitio web, >company domain, >company domain name";

fn is_email(text: &str) -> bool {
    let text = text.trim().trim_start_matches("mailto:");
    let Some((user, host)) = text.rsplit_once('@') else { return false };
    let is_plain = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    is_plain(user) && is_plain(host) && (host.contains('.') || host.contains(['*', 'X', 'x']))
}

/// Digits, also masked ones, with what stands between them: `+49 171 1234567`, `0171-XXXXXXX`, `(555) 123-4567`, `9*******12`.
fn is_phone(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit() || matches!(c, 'X' | 'x' | '*' | '#' | '•');
    let text = text.trim();
    let n_digits = text.chars().filter(|&c| is_digit(c)).count();
    let is_all = text.chars().all(|c| is_digit(c) || matches!(c, ' ' | '-' | '(' | ')' | '/' | '+' | '.' | '\''));
    let is_masked = text.contains(['X', 'x', '*', '•']);
    let is_marked = text.starts_with('+') || text.starts_with("00") || text.starts_with('(') || is_masked;
    // Dots and commas make amounts and dates; without a mark of its own a phone number begins with 0 or is ten digits in groups.
    let has_groups = text.contains([' ', '-']) && !text.contains(['.', '/']) && n_digits >= 10;
    let begins_with_zero = text.starts_with('0') && !text.contains('.') && n_digits >= 9;
    is_all && (8..=16).contains(&n_digits) && (is_marked || has_groups || begins_with_zero) && !is_date_like(text)
}

/// Eight digits in three groups: `2024-01-08`, `08.01.2024`, also with a time behind.
fn is_date_like(text: &str) -> bool {
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    let groups: Vec<&str> = day.split(['-', '.', '/']).collect();
    groups.len() == 3
        && groups.iter().any(|group| group.len() == 4)
        && groups.iter().all(|group| group.len() <= 4)
        && day.len() <= 10
}

fn is_street(text: &str) -> bool {
    const ENDS: [&str; 14] = [
        "strasse", "straße", "str.", "str", "weg", "platz", "allee", "gasse", "straat", "laan", "ring", "damm", "ufer",
        "markt",
    ];
    const WORDS: [&str; 24] = [
        "street",
        "st",
        "st.",
        "road",
        "rd",
        "rd.",
        "avenue",
        "ave",
        "ave.",
        "lane",
        "ln",
        "drive",
        "dr",
        "boulevard",
        "blvd",
        "court",
        "rue",
        "calle",
        "via",
        "viale",
        "avenida",
        "rua",
        "piazza",
        "ulica",
    ];
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let has_number =
        words.iter().any(|word| word.chars().next().is_some_and(|c| c.is_ascii_digit()) && word.len() <= 5);
    let is_road = |word: &&str| WORDS.contains(word) || (word.len() > 4 && ENDS.iter().any(|end| word.ends_with(end)));
    has_number && words.len() >= 2 && words.iter().any(is_road)
}

/// Addresses of pages that belong to somebody: profiles, and pages with an id in them. A landing page is none.
fn is_web_address(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let is_web = ["http://", "https://", "www."].iter().any(|start| text.starts_with(start));
    let is_profile =
        ["linkedin.com/in", "linkedin.com/company", "facebook.com/", "twitter.com/", "xing.com/", "instagram.com/"];
    let has_id = text.split(['/', '?', '&', '=', '-', '_', '#', '.']).any(|part| {
        let n_digits = part.bytes().filter(u8::is_ascii_digit).count();
        n_digits >= 6 || (part.len() >= 16 && n_digits >= 4 && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    });
    (is_web && has_id) || is_profile.iter().any(|place| text.contains(place))
}

fn is_company(text: &str) -> bool {
    const FORMS: [&str; 36] = [
        "gmbh",
        "ag",
        "kg",
        "ug",
        "ohg",
        "se",
        "e.v.",
        "inc",
        "inc.",
        "llc",
        "ltd",
        "ltd.",
        "limited",
        "plc",
        "corp",
        "corp.",
        "corporation",
        "co.",
        "llp",
        "pvt",
        "s.a.",
        "sa",
        "sas",
        "sarl",
        "s.a.r.l.",
        "srl",
        "s.r.l.",
        "s.l.",
        "sl",
        "spa",
        "s.p.a.",
        "bv",
        "b.v.",
        "nv",
        "ooo",
        "ltda",
    ];
    let text = text.to_lowercase();
    let mut words = text.split([' ', ',']).filter(|word| !word.is_empty());
    words.clone().count() >= 2 && words.next_back().is_some_and(|last| FORMS.contains(&last))
}

/// A common first name at the beginning, and at most two words behind it.
fn is_person(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_name = |word: &&str| {
        let word = word.trim_end_matches([',', '.']).to_lowercase();
        FIRST_NAMES.split(' ').any(|name| name == word)
    };
    words.len() <= 3 && words.first().is_some_and(is_name)
}

/// First names that are nothing else: no places, months, flowers or words.
const FIRST_NAMES: &str = "aaron adam ahmed alan alejandro alexander alice amanda amit amy ana andrea andreas andrew angela anita anja ann \
     anna anne anthony antonio arthur barbara ben benjamin bernd bob brian bruno camille carl carlos carol caroline \
     catherine charles chris christian christine christopher claire claudia daniel daniela david deborah deepak \
     dennis diana diego dmitry dorothy edward elena elisabeth elizabeth emily emma eric erik eva fatima felix \
     fernando florian francesca francesco francisco frank gary george giovanni giulia greg gregory hannah hans \
     heather heike helen henry ivan jack jacob jacqueline james jan jane janet jason javier jean jeff jeffrey \
     jennifer jens jessica jim joan joe johannes john jon jonas jonathan jorge jose joseph juan judith julia julian \
     julie jürgen karen karl kate katherine kathleen katja katrin kelly kenneth kevin kim klaus lars laura lauren lea \
     lena leo linda lisa louis lucas lucia luis lukas manuel marc marco margaret maria marie mario markus marta \
     martin mary matteo matthew max maximilian melissa michael michelle miguel mohamed mohammed monika muhammad nancy \
     natalia neha nicole nina olga oliver olivia oscar pablo pamela patricia patrick paul paula pedro peter petra \
     philip pierre pooja priya rachel rahul rajesh ralph raymond rebecca richard robert ronald rosa ruth ryan sabine \
     samantha samuel sandra sanjay sara sarah scott sebastian sergey sharon simon sofia sophie stefan stefanie \
     stephanie stephen steve steven sunil susan susanne sven tatiana teresa thomas tim timothy tobias tom ulrich \
     ursula uwe vera vijay vincent walter wei william wolfgang yusuf";

#[cfg(test)]
mod tests {
    use super::*;

    /// What a column of so many made-up values is taken for.
    fn said(name: &str, value: impl Fn(usize) -> String) -> Option<String> {
        let column = Column::new(name, (0..600).map(value));
        let rows: Vec<usize> = (0..600).collect();
        personal(&column, &Sampled::read(&column, &rows))
    }

    #[track_caller]
    fn assert_kind(said: &Option<String>, kind: &str) {
        assert!(said.as_ref().is_some_and(|said| said.starts_with(kind)), "{said:?}, not {kind}");
    }

    #[test]
    fn values_tell_what_a_column_is_under_any_name() {
        assert_kind(&said("k", |at| format!("{}XXXX@mail.com", at % 40)), "e-mail addresses: 600 of 600");
        assert_kind(&said("k", |at| format!("9{}XXXXXXX", at % 50 + 10)), "phone numbers");
        assert_kind(&said("k", |at| format!("+49 171 {}", 1_000_000 + at)), "phone numbers");
        assert_kind(&said("k", |at| format!("Hauptstraße {}", at % 90)), "street addresses");
        assert_kind(&said("k", |at| format!("{} Oak Street", at % 90)), "street addresses");
        assert_kind(&said("k", |at| format!("https://x.com/u/{}", 10_000_000 + at)), "web addresses");
        assert_kind(&said("k", |at| format!("Firm {} GmbH", at % 90)), "names of companies");
        let people = ["Ann", "Bob", "Eva", "Jim Knopf", "Max", "Kim", "Lukas", "Zyx"];
        assert_kind(&said("k", |at| people[at % 8].to_owned()), "names of people");
    }

    #[test]
    fn names_tell_it_in_common_languages_where_values_are_masked() {
        let masked = |at: usize| format!("p{}", at % 60);
        for (name, kind) in [
            ("First Name", "names of people"),
            ("Vorname", "names of people"),
            ("prénom", "names of people"),
            ("Contact Name", "names of people"),
            ("Company", "names of companies"),
            ("Razón social", "names of companies"),
            ("EMAIL", "e-mail addresses"),
            ("Correo electrónico", "e-mail addresses"),
            ("Telefonnummer", "phone numbers"),
            ("Endereço", "street addresses"),
            ("Website", "web addresses"),
        ] {
            assert_kind(&said(name, masked), kind);
        }
    }

    #[test]
    fn honest_columns_are_no_personal_data() {
        let answer = |answers: &'static [&'static str]| move |at: usize| answers[at % answers.len()].to_owned();
        assert_eq!(said("telephone", answer(&["yes, registered", "none"])), None);
        assert_eq!(said("contact", answer(&["cellular", "telephone"])), None);
        assert_eq!(said("Campaign name", |at| format!("summer {}", at % 30)), None);
        assert_eq!(said("Product name", |at| format!("P{}", at % 30)), None);
        assert_eq!(
            said("company_size", answer(&["1-10", "11-50", "51-200", "201-1,000", "1,001-5,000", "5,001+"])),
            None
        );
        assert_eq!(said("created", |at| format!("2024-01-{:02}", at % 28 + 1)), None);
        assert_eq!(said("amount", |at| format!("{}.{:03},50", at, at)), None);
        assert_eq!(said("page", |at| format!("https://x.com/landing/{}", at % 9)), None);
        assert_eq!(said("city", answer(&["Berlin", "Paris", "Madrid", "Florence", "Austin", "Charlotte"])), None);
    }

    #[test]
    fn no_reason_shows_a_value() {
        let said = said("EMAIL", |at| format!("ann{at}@mail.com")).expect("addresses");
        assert!(!said.contains("ann") && !said.contains("mail.com"), "{said}");
    }
}
