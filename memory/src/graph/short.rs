//! Names cut down in talk: "Frost" for "Gillian Frost", 建军 for 费建军.

/// Titles before a name, and whether a woman has them.
const TITLES: [(&str, Option<bool>); 21] = [
    ("PC", None),
    ("DC", None),
    ("DI", None),
    ("Constable", None),
    ("Cllr", None),
    ("Councillor", None),
    ("Puan", Some(true)),
    ("Mr", Some(false)),
    ("Sir", Some(false)),
    ("Mrs", Some(true)),
    ("Ms", Some(true)),
    ("Miss", Some(true)),
    ("Lady", Some(true)),
    ("Dr", None),
    ("Prof", None),
    ("Professor", None),
    ("Judge", None),
    ("Officer", None),
    ("Inspector", None),
    ("Sergeant", None),
    ("Detective", None),
];

/// What organisations' names end with, which talk leaves out.
const KINDS: [&str; 12] = [
    "有限公司",
    "集团",
    "公司",
    "装饰",
    "保险",
    "银行",
    "医院",
    "旅行社",
    "养老院",
    "健康馆",
    "物流",
    "货运",
];

struct Latin<'a> {
    /// Whether the title, if there is one, is a woman's.
    woman: Option<bool>,
    words: Vec<&'a str>,
}

impl<'a> Latin<'a> {
    fn of(name: &'a str) -> Self {
        let mut words: Vec<&str> = name.split(' ').collect();
        let title = TITLES
            .iter()
            .find(|(title, _)| words.first() == Some(title));
        if title.is_some() && words.len() > 1 {
            words.remove(0);
        }
        Self {
            woman: title.and_then(|(_, woman)| *woman),
            words,
        }
    }
}

/// Whether one name can mean the party that has the other, longer or titled, name.
pub(super) fn is_short_for(name: &str, full: &str) -> bool {
    if !name.is_ascii() || !full.is_ascii() {
        return forms(full).iter().any(|form| form == name) || is_titled(name, full);
    }
    let (a, b) = (Latin::of(name), Latin::of(full));
    if matches!((a.woman, b.woman), (Some(x), Some(y)) if x != y) {
        return false;
    }
    match (a.words.as_slice(), b.words.as_slice()) {
        ([one], [other]) => one == other,
        ([one], [first, .., last]) => one == first || one == last,
        // A titled surname is the longer name of nobody's full one.
        ([.., last], [one]) => last == one && full.contains(' '),
        (x, y) => x == y,
    }
}

/// 滕师傅 for 滕司机, who was introduced by role and surname only.
fn is_titled(name: &str, full: &str) -> bool {
    const TITLES: [&str; 8] = [
        "师傅", "先生", "女士", "经理", "老师", "医生", "主任", "律师",
    ];
    let mut chars = full.chars();
    let surname = chars.next();
    let introduced = crate::extract::is_role(chars.as_str());
    let mut own = name.chars();
    introduced && own.next() == surname && TITLES.contains(&own.as_str())
}

/// What a full name is cut down to: its first and last word, the given name of
/// two characters, an organisation without its kind.
pub(super) fn forms(name: &str) -> Vec<String> {
    if name.is_ascii() {
        let words = Latin::of(name).words;
        let named =
            |word: &&str| word.len() > 2 && word.starts_with(|c: char| c.is_ascii_uppercase());
        let mut ends = vec![words[0]];
        ends.extend(words.last().filter(|_| words.len() > 1));
        let ends = ends
            .into_iter()
            .filter(named)
            .filter(|word| !is_legal_form(word));
        return ends
            .filter(|word| *word != name)
            .map(str::to_owned)
            .collect();
    }
    let chars: Vec<char> = name.chars().collect();
    let kind = KINDS.iter().find_map(|kind| name.strip_suffix(kind));
    if let Some(own) = kind {
        return (own.chars().count() >= 2)
            .then(|| own.to_owned())
            .into_iter()
            .collect();
    }
    let plain =
        chars.len() == 3 && !crate::extract::is_role(&chars[1..].iter().collect::<String>());
    let familiar = matches!(chars.first(), Some('老' | '小' | '阿' | '大'));
    let titled = ["总", "哥", "姐", "工", "某", "院长", "家"]
        .iter()
        .any(|end| name.ends_with(end));
    match plain && !familiar && !titled {
        true => vec![chars[1..].iter().collect()],
        false => Vec::new(),
    }
}

fn is_legal_form(word: &str) -> bool {
    const FORMS: &str = " Ltd Limited LLC LLP Inc plc PLC Corp Corporation GmbH Bank Insurance Logistics Staffing \
        Holdings Partners Associates Properties Lettings Group Solicitors University Hospital Tribunal \
        Authority Agency Home Homes House Travel Extensions Freight Services The ";
    FORMS.contains(&format!(" {word} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_a_name_is_short_for() {
        for (name, full) in [
            ("Frost", "Gillian Frost"),
            ("Mr Brand", "Lou Brand"),
            ("Okafor", "Ms Okafor"),
            ("Sunfare", "Sunfare Tours Ltd"),
            ("建军", "费建军"),
            ("安泽", "安泽保险"),
            ("滕师傅", "滕司机"),
        ] {
            assert!(is_short_for(name, full), "{name} {full}");
        }
        for (name, full) in [
            ("Mr Brand", "Mrs Brand"),
            ("Ann Brand", "Lou Brand"),
            ("老王", "王建军"),
            ("小吴", "吴护士长"),
        ] {
            assert!(!is_short_for(name, full), "{name} {full}");
        }
    }
}
