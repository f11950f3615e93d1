//! Colours: one set for pages, pictures, notebooks and workbooks.
//!
//! Always true: a colour is written here and nowhere else, as `#rrggbb`; bands have the same colour wherever they are shown; every
//! pair of text and ground has a contrast of 4.5 and more, and bands differ in lightness as well as in hue.

/// What a page needs by day or by night.
#[cfg_attr(not(feature = "engine"), allow(dead_code, reason = "sheets lie on white and know one time of day"))]
#[derive(Debug)]
pub(crate) struct Palette {
    /// The ground.
    pub(crate) paper: &'static str,
    /// A ground that stands out a little.
    pub(crate) tint: &'static str,
    /// Words.
    pub(crate) ink: &'static str,
    /// Words that explain.
    pub(crate) muted: &'static str,
    /// Thin lines.
    pub(crate) grid: &'static str,
    /// What matters.
    pub(crate) accent: &'static str,
    /// What stands against it, and what to doubt.
    pub(crate) accent_2: &'static str,
    /// Leads that go to sales.
    pub(crate) band_hot: &'static str,
    /// Leads that are kept warm.
    pub(crate) band_nurture: &'static str,
    /// Leads that are let go, and any other band.
    pub(crate) band_reject: &'static str,
}

/// On paper, on a bright screen, in files and in workbooks.
pub(crate) const LIGHT: Palette = Palette {
    paper: "#fcfbf8",
    tint: "#f3f1ea",
    ink: "#1c2227",
    muted: "#59636c",
    grid: "#dedad0",
    accent: "#0e5e72",
    accent_2: "#b0480f",
    band_hot: "#b0480f",
    band_nurture: "#0e5e72",
    band_reject: "#626c75",
};

/// On a screen whose reader likes it dark.
#[cfg(feature = "engine")]
pub(crate) const DARK: Palette = Palette {
    paper: "#15191c",
    tint: "#1d2327",
    ink: "#e9e6df",
    muted: "#a3acb3",
    grid: "#343c42",
    accent: "#6cc0d4",
    accent_2: "#e8935c",
    band_hot: "#e8935c",
    band_nurture: "#6cc0d4",
    band_reject: "#98a2aa",
};

/// The ground of files and sheets, which lie on a slide or beside other sheets.
#[cfg(any(feature = "engine", test))]
pub(crate) const WHITE: &str = "#ffffff";
/// [`LIGHT`]'s accent, pale enough to stand behind a number.
pub(crate) const PALE_ACCENT: &str = "#a9ccd5";
/// Its second accent, likewise.
pub(crate) const PALE_ACCENT_2: &str = "#f0cdb4";
/// Behind a cell to fill in.
pub(crate) const TO_FILL_IN: &str = "#fff9e0";
/// Marks in a chart of a workbook, in turn.
pub(crate) const MARKS: [&str; 4] = [LIGHT.accent_2, "#2e7d5b", "#7b4fa0", "#8a6d00"];

impl Palette {
    /// The colour of a band.
    #[cfg(feature = "engine")]
    pub(crate) fn of_band(&self, band: &str) -> &'static str {
        match band {
            "hot" => self.band_hot,
            "nurture" => self.band_nurture,
            _ => self.band_reject,
        }
    }

    /// Each colour with the variable that a style sheet knows it by.
    #[cfg(feature = "engine")]
    pub(crate) fn variables(&self) -> [(&'static str, &'static str); 10] {
        [
            ("--paper", self.paper),
            ("--tint", self.tint),
            ("--ink", self.ink),
            ("--muted", self.muted),
            ("--grid", self.grid),
            ("--accent", self.accent),
            ("--accent-2", self.accent_2),
            ("--band-hot", self.band_hot),
            ("--band-nurture", self.band_nurture),
            ("--band-reject", self.band_reject),
        ]
    }
}

/// The colours as variables of a page, by day and by night.
#[cfg(feature = "engine")]
pub(crate) fn style_sheet() -> String {
    let of = |palette: &Palette| -> String {
        palette.variables().iter().map(|(name, colour)| format!("{name}:{colour};")).collect()
    };
    format!(
        ":root{{{}color-scheme:light dark}}\n@media screen and (prefers-color-scheme:dark){{:root{{{}}}}}\n",
        of(&LIGHT),
        of(&DARK)
    )
}

/// `#0e5e72` as the number 0x0E5E72, which workbooks take.
pub(crate) const fn number(colour: &str) -> u32 {
    match u32::from_str_radix(colour.split_at(1).1, 16) {
        Ok(number) => number,
        Err(_) => panic!("a colour is # and six digits"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast of two colours as WCAG 2 defines it.
    fn contrast(a: &str, b: &str) -> f64 {
        let luminance = |colour: &str| {
            let channel = |shift: u32| {
                let value = f64::from(number(colour) >> shift & 0xff) / 255.0;
                if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
        };
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        (a / b).max(b / a)
    }

    #[test]
    fn a_colour_is_its_number() {
        assert_eq!(number("#0e5e72"), 0x0e_5e72);
    }

    #[test]
    fn words_can_be_read_on_every_ground() {
        for ground in [LIGHT.paper, LIGHT.tint, WHITE] {
            let words = [LIGHT.ink, LIGHT.muted, LIGHT.accent, LIGHT.accent_2, LIGHT.band_reject];
            assert!(words.iter().all(|colour| contrast(colour, ground) >= 4.5), "{ground}");
        }
        for ground in [PALE_ACCENT, PALE_ACCENT_2, TO_FILL_IN] {
            assert!(contrast(LIGHT.ink, ground) >= 4.5, "{ground}");
        }
    }

    #[cfg(feature = "engine")]
    #[test]
    fn words_can_be_read_in_the_dark() {
        for ground in [DARK.paper, DARK.tint] {
            let words = [DARK.ink, DARK.muted, DARK.accent, DARK.accent_2, DARK.band_reject];
            assert!(words.iter().all(|colour| contrast(colour, ground) >= 4.5), "{ground}");
        }
    }
}
