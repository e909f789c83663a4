//! Persons, organisations and roles, and which names are one party's.

mod chinese;
mod english;
mod roles;

use std::ops::Range;

use super::Alias;
use super::scan::Scan;

/// A party's name where it stands, under the name to use.
pub(super) type Named = (Range<usize>, String);

/// The parties of a text, and the names that it says are one party's. `known`
/// names are parties wherever they stand.
pub(super) fn find(scan: &Scan<'_>, known: &[String]) -> (Vec<Named>, Vec<Alias>) {
    let known = recurring(scan.text, known);
    let (mut named, mut aliases) = english::find(scan.text, &known);
    let (chinese, more) = chinese::find(scan.text, &known);
    named.extend(known);
    named.extend(chinese);
    aliases.extend(more);
    // A longer name hides the shorter one inside it.
    named.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut end = 0;
    named.retain(|(span, _)| {
        let free = span.start >= end;
        if free {
            end = span.end;
        }
        free
    });
    aliases.retain(|a| a.name != a.alias);
    aliases.dedup();
    (named, aliases)
}

/// Where known names stand in a text, as words of their own; Chinese names are
/// not set off by anything.
fn recurring(text: &str, known: &[String]) -> Vec<Named> {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let mut found: Vec<Named> = Vec::new();
    for name in known {
        for (at, _) in text.match_indices(name.as_str()) {
            let span = at..at + name.len();
            let (before, after) = (&text[..at], &text[span.end..]);
            let whole = !name.is_ascii()
                || !letter(before.chars().next_back()) && !letter(after.chars().next());
            let apart = |(other, _): &Named| other.end <= span.start || span.end <= other.start;
            if whole && found.iter().all(apart) {
                found.push((span, name.clone()));
            }
        }
    }
    found
}

/// Whether a name is one of the roles.
pub(crate) fn is_role(name: &str) -> bool {
    let roles = [roles::ENGLISH, roles::CHINESE, roles::CHINESE_KIN];
    roles
        .iter()
        .any(|list| list.iter().any(|(_, role)| *role == name))
}

/// Whether a noun can mean a person: a role, or by its ending.
pub(super) fn is_person_word(word: &str) -> bool {
    english::is_person_word(word)
}

/// Whether a role is a child's.
pub(crate) fn is_child(name: &str) -> bool {
    matches!(
        name,
        "son" | "daughter" | "twin" | "儿子" | "女儿" | "孙子" | "孙女" | "孩子"
    )
}

/// Whether a role is that of the speaker's own kin, who are seldom the other side.
pub(crate) fn is_own_kin(name: &str) -> bool {
    const KIN: &str = " father mother parents brother sister uncle aunt cousin nephew niece grandmother grandfather \
        父亲 母亲 哥哥 弟弟 姐姐 妹妹 舅舅 姨 姑姑 叔叔 爷爷 奶奶 外公 外婆 表哥 表弟 表姐 表妹 堂哥 堂弟 ";
    is_child(name) || KIN.contains(&format!(" {name} "))
}

/// Whether a word is a given name.
pub(super) fn is_given_name(word: &str) -> bool {
    english::is_given_name(word)
}

/// Whether a party's name is that of an organisation, not of a person.
pub(crate) fn is_organisation(name: &str) -> bool {
    const ROLES: &str = " company bank council police agency insurer garage school nursery hospital clinic \
        airline HR tour-operator employer 物业 保险公司 中介公司 旅行社 健身房 养老院 幼儿园 培训机构 搬家公司 装修公司 开发商 用人单位 人事 ";
    let listed = ROLES.contains(&format!(" {} ", name.replace(' ', "-")));
    listed
        || [
            "care home",
            "moving company",
            "travel company",
            "removal firm",
        ]
        .contains(&name)
        || english::is_organisation(name)
        || chinese::is_organisation(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, Vec<(String, String)>) {
        let at = jiff::civil::date(2024, 5, 6).at(9, 0, 0, 0);
        let (named, aliases) = find(&Scan::new(text, at), &[]);
        let names = named.into_iter().map(|(_, name)| name).collect();
        let pairs = aliases.into_iter().map(|a| (a.alias, a.name)).collect();
        (names, pairs)
    }

    #[test]
    fn reads_parties() {
        for (text, names) in [
            ("I met Mr Hargreave there", &["Mr Hargreave"][..]),
            (
                "then Sophie rang and Dr. Mbeki came",
                &["Sophie", "Dr Mbeki"],
            ),
            ("Derek said no", &["Derek"]),
            (
                "I work for Northgate Haulage Ltd in Hull",
                &["Northgate Haulage Ltd"],
            ),
            ("my ex still has the car", &["ex-partner"]),
            ("The foreman saw it, and my mum too", &["foreman", "mother"]),
            ("房东不退钱,中介也不管", &["房东", "中介"]),
            ("我找了老周帮忙", &["老周"]),
            ("刘经理说下周答复", &["刘经理"]),
            ("借给王某两万", &["王某"]),
            ("上海恒达物流有限公司欠我工资", &["上海恒达物流有限公司"]),
            ("我媳妇不同意", &["妻子"]),
            ("We moved him to Rose House", &["Rose House"]),
            ("my fiancé agreed", &["fiancé"]),
            ("Acas must be told", &["Acas"]),
            ("Mum paid for it", &["mother"]),
            ("我在晟达五金厂开冲床", &["晟达五金厂"]),
            ("村主任说不行", &["村主任"]),
        ] {
            assert_eq!(read(text).0, names, "{text}");
        }
    }

    #[test]
    fn joins_names() {
        for (text, alias, name) in [
            (
                "My landlord, Mr Hargreave, kept it",
                "landlord",
                "Mr Hargreave",
            ),
            ("I rang my sister Sophie", "sister", "Sophie"),
            ("a plumber called Stan came", "plumber", "Stan"),
            ("Ms Doyle, the manager, agreed", "manager", "Ms Doyle"),
            ("His sister, Ilka, knows", "his sister", "Ilka"),
            ("管家姓闵", "管家", "闵管家"),
            ("房东叫周慧芳", "房东", "周慧芳"),
            ("中介李建国带我看房", "中介", "李建国"),
            ("我弟弟叫王磊", "弟弟", "王磊"),
            ("The plumber, a lad called Stan, came", "plumber", "Stan"),
            (
                "The owner of Acme Ltd, Derek Moss, paid",
                "owner",
                "Derek Moss",
            ),
            (
                "My ex left. His name is Conor Daly.",
                "ex-partner",
                "Conor Daly",
            ),
        ] {
            assert_eq!(
                read(text).1,
                [(alias.to_owned(), name.to_owned())],
                "{text}"
            );
        }
    }

    #[test]
    fn leaves_other_words_alone() {
        for text in [
            "On Monday we drove to Leeds. It rained.",
            "Actually I was in Spain. The Council House is near Oxford Street",
            "The Housing Act applies in England",
            "I looked at my bank statement",
            "they have a sister hotel",
            "高兴得很,一点也不方便",
            "小时候住在老家,大家都知道",
        ] {
            assert_eq!(read(text).0, Vec::<String>::new(), "{text}");
        }
    }
}
