//! Chinese names, forms of address and roles.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::super::pattern::pattern;
use regex::Regex;

use super::super::Alias;
use super::{Named, roles};
use crate::segment::{JIEBA, Word, tagged};

/// The surnames of nearly everybody; compound ones apart.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔汤康施牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿兰焦俞左柳甘包宁尚符舒阮柯纪梅童凌毕单季裴霍涂苗谷盛曲翁冉骆蓝游辛靳柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳穆农司卓古吉缪简芦麦褚娄窦戚岑宫卜冷晏卫米柏宗瞿桂佟臧闵苟邬卞姬仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池麻苑迟邝费裘奚廉傅楚仝蔺鞠扈阚郦亓冼尉麻项席管湛狄贝谈茅祝昝郁杭钮嵇荀芮储隗郗匡庹";
const COMPOUND: &[&str] = &[
    "欧阳", "司马", "上官", "诸葛", "司徒", "东方", "慕容", "皇甫", "尉迟", "公孙", "令狐", "夏侯",
];

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?P<name>欧阳|上官|司马|诸葛|司徒|慕容|\p{Han})(?P<title>先生|女士|小姐|太太|律师|医生|大夫|经理|总监|主任|科长|处长|局长|师傅|老师|法官|院长|校长|护士长|护士|阿姨|大姐|大哥|大叔|叔叔|队长|教练|主管|教授|会计|警官|老板|主编|编辑|总|哥|姐|叔|姨|工)",
    )
});

static FAMILIAR: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:老|小|大|阿)(?P<name>\p{Han})"));

static MOU: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?P<name>\p{Han})某{1,2}\p{Han}?"));

/// What a name follows: 叫周慧芳, 姓邹. The role may stand before.
static CALLED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:名字?叫|名叫|叫做|叫|名为)(?P<name>\p{Han}{2,4})"));

static ORGANISATION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[\p{Han}A-Za-z0-9（）()]{2,24}?(?:有限责任公司|股份有限公司|有限公司|公司|集团|银行|医院|法院|仲裁委|派出所|鉴定中心|事务所|专营店|旗舰店|工作室|保险|养老院|旅行社|幼儿园|培训班|健康馆|健身房|健身馆|民宿|酒店|宾馆|饭店|餐厅|超市|商行|工厂|五金厂|厂|宠物店|装饰|置业|地产|物流|货运|科技|传媒|文化|快递|医美|物业|学校|驾校|诊所|租赁|家政|月子中心|公寓|寓)(?:有限责任公司|股份有限公司|有限公司|公司|集团)?",
    )
});

static ROLE_NAMES: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| roles::CHINESE.iter().copied().collect());

static ROLE: LazyLock<Regex> = LazyLock::new(|| {
    let mut words: Vec<&str> = roles::CHINESE.iter().map(|(word, _)| *word).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let kin: String = roles::CHINESE_KIN.iter().map(|(word, _)| *word).collect();
    pattern(&format!(
        "(?P<whose>我|咱|[他她])?(?:的)?(?P<role>{})|(?P<whose2>我|咱|[他她])(?P<kin>[{kin}])",
        words.join("|")
    ))
});

pub(super) fn find(text: &str, known: &[Named]) -> (Vec<Named>, Vec<Alias>) {
    if !text.contains(super::super::is_han) {
        return (Vec::new(), Vec::new());
    }
    let words = &tagged(text, true);
    let mut named = organisations(text, words);
    named.extend(addressed(text, words));
    named.extend(called(text));
    named.extend(full_names(text, words));
    named.extend(behind_roles(text, words));
    let (surnamed, introduced) = surnamed(text);
    named.extend(surnamed);
    named.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let seen: Vec<Named> = known.iter().chain(&named).cloned().collect();
    let (role_names, mut aliases) = role_mentions(text, &seen, words);
    // 悦途旅行社 is 旅行社 from now on.
    for (_, name) in &named {
        let role = roles::CHINESE
            .iter()
            .find(|(role, _)| name.ends_with(role) && name != role);
        if let Some((_, role)) = role.filter(|_| is_organisation(name)) {
            aliases.push(Alias {
                name: name.clone(),
                alias: (*role).to_owned(),
            });
        }
    }
    named.extend(role_names);
    aliases.extend(introduced);
    (named, aliases)
}

/// 堂哥费建军: a name right behind a role, as long as what follows it allows.
fn behind_roles(text: &str, words: &[Word<'_>]) -> Vec<Named> {
    const FOLLOWS: &str = "的了在也又是说讲给跟和就都没不把被让有去来要想打找还则却叫从对向已竟";
    let ends = |c: Option<char>| c.is_none_or(|c| !super::super::is_han(c) || FOLLOWS.contains(c));
    let named = ROLE.find_iter(text).filter_map(|role| {
        let rest = &text[role.end()..];
        if !starts_with_surname(rest) {
            return None;
        }
        let chars: Vec<char> = rest.chars().take(4).collect();
        let han = chars
            .iter()
            .take_while(|c| super::super::is_han(**c))
            .count();
        let fits = |n: usize| {
            let given = &chars[1..n.min(chars.len())];
            han >= n && ends(chars.get(n).copied()) && !given.iter().any(|c| FOLLOWS.contains(*c))
        };
        // 她爸姚长顺卡上: where nothing that follows tells, the segmenter may.
        let taken = || {
            let word = words
                .iter()
                .find(|w| w.span.start == role.end() && w.tag == "nr");
            word.map(|w| w.text.chars().count())
                .filter(|n| (2..=3).contains(n) && han >= *n)
        };
        // 同学葛亮做了: a verb is no part of the name.
        let third = words.iter().find(|w| {
            let two: usize = chars.iter().take(2).map(|c| c.len_utf8()).sum();
            w.span.start == role.end() + two && w.tag.starts_with('v')
        });
        let length = match taken() {
            Some(2) if third.is_some() => Some(2),
            _ => [3, 2].into_iter().find(|n| fits(*n)).or_else(taken),
        }?;
        let name: String = chars[..length].iter().collect();
        let span = role.end()..role.end() + name.len();
        (!is_plain_word(&name) && !is_role_word(&name)).then_some((span, name))
    });
    named.collect()
}

/// Whether a name ends as those of organisations do.
pub(super) fn is_organisation(name: &str) -> bool {
    ORGANISATION
        .find(name)
        .is_some_and(|m| m.end() == name.len())
}

fn is_role_word(word: &str) -> bool {
    ROLE_NAMES.contains_key(word)
}

/// 院长姓裘 introduces 裘院长.
fn surnamed(text: &str) -> (Vec<Named>, Vec<Alias>) {
    static SURNAMED: LazyLock<Regex> = LazyLock::new(|| {
        let mut words: Vec<&str> = roles::CHINESE.iter().map(|(word, _)| *word).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        pattern(&format!(
            "(?P<role>{}|\\p{{Han}}[长员师])是?姓(?P<name>\\p{{Han}})",
            words.join("|")
        ))
    });
    let introduced = SURNAMED.captures_iter(text);
    let introduced = introduced.filter(|c| starts_with_surname(&c["name"]));
    let pairs = introduced.filter_map(|c| {
        let name = format!("{}{}", &c["name"], &c["role"]);
        let alias = Alias {
            name: name.clone(),
            alias: ROLE_NAMES
                .get(&c["role"])
                .map_or_else(|| c["role"].to_owned(), |role| (*role).to_owned()),
        };
        Some(((c.name("name")?.range(), name), alias))
    });
    // 姓楚的主编 is 楚主编.
    static OF_NAME: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"姓(?P<name>\p{Han})的(?P<role>\p{Han}{0,2}(?:律师|医生|经理|主编|编辑|老板|师傅|主任|老师|法官|司机|[长员师]))",
        )
    });
    let behind = OF_NAME.captures_iter(text);
    let behind = behind
        .filter(|c| starts_with_surname(&c["name"]))
        .filter_map(|c| {
            let name = format!("{}{}", &c["name"], &c["role"]);
            let alias = Alias {
                name: name.clone(),
                alias: name.clone(),
            };
            Some(((c.name("name")?.range(), name), alias))
        });
    let pairs = pairs.chain(behind);
    pairs.unzip()
}

fn is_surname(c: char) -> bool {
    SURNAMES.contains(c)
}

fn starts_with_surname(name: &str) -> bool {
    COMPOUND.iter().any(|c| name.starts_with(c)) || name.chars().next().is_some_and(is_surname)
}

/// Whether a word of jieba's runs over the place, so that it is no boundary.
fn inside_word(words: &[Word<'_>], at: usize) -> bool {
    words
        .iter()
        .any(|w| w.span.start < at && at < w.span.end && w.tag != "nr" && JIEBA.has_word(w.text))
}

fn is_plain_word(word: &str) -> bool {
    JIEBA.has_word(word)
        && JIEBA
            .tag(word, false)
            .first()
            .is_some_and(|t| t.word == word && !matches!(t.tag, "nr" | "t"))
}

/// 刘经理, 邹哥, 老王, 阿杰, 王某.
fn addressed(text: &str, words: &[Word<'_>]) -> Vec<Named> {
    let mut found = Vec::new();
    for c in ADDRESS.captures_iter(text) {
        let (whole, name) = (c.get(0).expect("the whole match"), &c["name"]);
        let single = c["title"].chars().count() == 1;
        if text[..whole.start()].ends_with(name) {
            // 谢谢阿姨
            continue;
        }
        let torn = inside_word(words, whole.start()) || single && inside_word(words, whole.end());
        let fine = starts_with_surname(name) && !torn && !is_plain_word(whole.as_str());
        // The given name may stand between: 王磊律师 is left to the full names.
        if fine {
            found.push((whole.range(), whole.as_str().to_owned()));
        }
    }
    for c in FAMILIAR.captures_iter(text) {
        let whole = c.get(0).expect("the whole match");
        let word = whole.as_str();
        // 发小祁大勇: the first character ends a role.
        let head = &text[..whole.start() + word.chars().next().map_or(0, char::len_utf8)];
        if roles::CHINESE.iter().any(|(role, _)| head.ends_with(role)) {
            continue;
        }
        let name = c["name"].chars().next().unwrap_or(' ');
        let by_surname = is_surname(name) || word.starts_with('阿') && word != "阿姨";
        let tail = text[whole.end()..].chars().next();
        let mut rest = text[whole.end()..].chars();
        let family =
            rest.next() == Some('家') && !rest.next().is_some_and(|c| "具庭里人乡长".contains(c));
        let title = tail.is_some_and(|c| "师板家区时学人公路".contains(c)) && !family;
        // 工长老黎 is no 长老.
        let led = roles::CHINESE
            .iter()
            .any(|(role, _)| text[..whole.start()].ends_with(role));
        let plain = is_plain_word(word)
            || inside_word(words, whole.start()) && !led
            || inside_word(words, whole.end()) && !family;
        if by_surname && !plain && !title {
            found.push((whole.range(), word.to_owned()));
        }
    }
    for c in MOU.captures_iter(text) {
        let whole = c.get(0).expect("the whole match");
        if starts_with_surname(&c["name"]) {
            let end = whole.start()
                + whole
                    .as_str()
                    .rfind('某')
                    .map_or(0, |i| i + '某'.len_utf8());
            found.push((whole.start()..end, text[whole.start()..end].to_owned()));
        }
    }
    found
}

/// 叫周慧芳: what is called so may be of two to four characters; the name is as
/// long as its surname allows.
fn called(text: &str) -> Vec<Named> {
    CALLED
        .captures_iter(text)
        .filter_map(|c| {
            let name = c.name("name")?;
            let (length, _) = name_at(&text[name.start()..])?;
            let span = name.start()..name.start() + length;
            Some((span.clone(), text[span].to_owned()))
        })
        .collect()
}

/// The name that a text begins with, where jieba or what follows bounds it.
fn name_at(text: &str) -> Option<(usize, &str)> {
    if !starts_with_surname(text) {
        return None;
    }
    let run: String = text
        .chars()
        .take_while(|c| super::super::is_han(*c))
        .take(6)
        .collect();
    let first = JIEBA.tag(&text[..run.len()], true).into_iter().next()?;
    let length = match first.word.chars().count() {
        2..=4 if first.tag == "nr" => first.word.len(),
        _ if (2..=3).contains(&run.chars().count()) => run.len(),
        _ => return None,
    };
    Some((length, &text[..length]))
}

/// What jieba takes for a person's name, with a surname and two or three characters.
fn full_names(text: &str, words: &[Word<'_>]) -> Vec<Named> {
    words
        .iter()
        .filter(|w| w.tag == "nr" && starts_with_surname(w.text))
        .filter(|w| (2..=4).contains(&w.text.chars().count()))
        .filter(|w| plausible(text, w))
        .map(|w| (w.span.clone(), w.text.to_owned()))
        .collect()
}

/// jieba's guesses are often wrong, and its dictionary calls 谢谢 a name. Three
/// characters count where a name can begin; two only behind a word that a name
/// follows, with something a person does, or nothing, behind them.
fn plausible(text: &str, word: &Word<'_>) -> bool {
    const NO_NAME: &str = "了的是在不没我你他她它这那么呢吗吧啊把被就都也又还到来去说给让多少点些个里上下时候月日年天周口述树危送总哥姐叔姨想要会能";
    const LEADS: [&str; 62] = [
        "爸", "妈", "爷", "奶", "叔", "姨", "姑", "嫂", "夫", "妻", "昨天", "今天", "前天", "刚才",
        "后来", "当时", "昨晚", "、", "天", "周", "跟", "和", "与", "给", "找", "叫", "由", "被",
        "对", "向", "让", "请", "问", "姓", "人", "哥", "弟", "姐", "妹", "舅", "介", "东", "婆",
        "公", "儿", "女", "友", "员", "甥", "同学", "医生", "护士", "主刀", "经理", "律师", "法人",
        "同事", "老板", "师傅", "学弟", "侄子", "司机",
    ];
    let chars: Vec<char> = word.text.chars().collect();
    if chars[1..].iter().any(|c| NO_NAME.contains(*c)) || is_plain_word(word.text) {
        return false;
    }
    let (before, after) = (&text[..word.span.start], &text[word.span.end..]);
    let led = LEADS.iter().any(|lead| before.ends_with(lead));
    let begins = before
        .chars()
        .next_back()
        .is_none_or(|c| !c.is_alphanumeric());
    if chars.len() == 2 {
        led && (name_verb(after)
            || ends_clause(after)
            || after.starts_with(['、', '两', '三', '等']))
            || begins && (person_verb(after) || after.starts_with('、'))
    } else {
        led || begins
    }
}

fn name_verb(after: &str) -> bool {
    [
        "说", "是", "在", "的", "跟", "给", "就", "也", "又", "今", "昨", "拿", "发", "打", "签",
        "带", "叫", "让", "把", "没", "不", "管", "了",
    ]
    .iter()
    .any(|v| after.starts_with(v))
}

/// What only a person does.
fn person_verb(after: &str) -> bool {
    const VERBS: [&str; 22] = [
        "说", "想", "要", "答应", "同意", "告诉", "承认", "催", "借", "还了", "还给", "还说", "欠",
        "卖", "买", "跟我", "给我", "找我", "托人", "请了", "也在", "愿意",
    ];
    VERBS.iter().any(|v| after.starts_with(v))
}

fn ends_clause(after: &str) -> bool {
    after.chars().next().is_none_or(|c| !c.is_alphanumeric())
}

/// Behind these a company's own name may hold ordinary words: 杭州云朵贸易有限公司.
const LEGAL_FORMS: [&str; 5] = [
    "有限责任公司",
    "股份有限公司",
    "有限公司",
    "专营店",
    "旗舰店",
];

/// A company's name begins behind the last verb or particle. One that ends in a
/// mere 公司 or 医院 must have a name of its own in front: 咨询公司 is any.
fn organisations(text: &str, words: &[Word<'_>]) -> Vec<Named> {
    ORGANISATION
        .find_iter(text)
        .filter_map(|m| {
            let inside = words
                .iter()
                .filter(|w| m.start() < w.span.end && w.span.end <= m.end());
            let inside: Vec<&Word<'_>> = inside.collect();
            let suffix = inside.last()?;
            let legal = LEGAL_FORMS.iter().any(|form| m.as_str().ends_with(form));
            let may = |w: &Word<'_>| may_name(w) || legal && is_single(w);
            let mut start = suffix.span.start.max(m.start());
            for word in inside[..inside.len() - 1].iter().rev() {
                if !may(word) {
                    break;
                }
                start = word.span.start.max(m.start());
            }
            if !legal {
                // The name itself is a word of its own, or two characters that no word has.
                let before = &inside[..inside.len() - 1];
                let proper = before.iter().find(|w| w.span.start >= start && names(w));
                let singles = before.iter().rev().take_while(|w| is_single(w)).count();
                start = match proper {
                    Some(proper) => proper.span.start.max(m.start()),
                    None if singles >= 2 => before[before.len() - 2].span.start.max(m.start()),
                    None => return None,
                };
            }
            // 在晟达: the preposition may have grown together with an unknown name.
            let name = &text[start..suffix.span.start.max(start)];
            let cut = name.rfind(|c| "在到给跟和从向被由于去进为把对是".contains(c));
            if let Some(cut) = cut.filter(|_| !legal) {
                start += cut + name[cut..].chars().next().map_or(0, char::len_utf8);
            }
            let own = text[start..suffix.span.start.max(start)].chars().count() >= 2;
            own.then(|| (start..m.end(), text[start..m.end()].to_owned()))
        })
        .collect()
}

/// One character of an invented name, and no particle or the like.
fn is_single(word: &Word<'_>) -> bool {
    const NOT_IN_NAMES: &str =
        "的了在是和跟与叫给被让把从去到向有家间个我你他她您里内这那名为由对于开";
    let mut chars = word.text.chars();
    matches!((chars.next(), chars.next()), (Some(c), None) if super::super::is_han(c) && !NOT_IN_NAMES.contains(c))
}

/// A place, a name, or a word that no dictionary has.
fn names(word: &Word<'_>) -> bool {
    let proper = matches!(word.tag, "ns" | "nr" | "nz" | "nt" | "eng") || word.tag == "x";
    proper && word.text.chars().any(char::is_alphanumeric)
        || !JIEBA.has_word(word.text) && word.text.chars().all(super::super::is_han)
}

fn may_name(word: &Word<'_>) -> bool {
    let noun = word.tag.starts_with('n') || matches!(word.tag, "vn" | "j" | "b" | "l" | "ng");
    (noun && !roles::CHINESE.iter().any(|(role, _)| *role == word.text))
        || names(word)
        || (word.tag == "v" && word.text.chars().count() == 2)
}

fn role_mentions(text: &str, named: &[Named], words: &[Word<'_>]) -> (Vec<Named>, Vec<Alias>) {
    let (mut found, mut aliases) = (Vec::new(), Vec::new());
    for c in ROLE.captures_iter(text) {
        let whole = c.get(0).expect("the whole match");
        let role = match (c.name("role"), c.name("kin")) {
            (Some(role), _) => ROLE_NAMES[role.as_str()],
            (_, Some(kin)) => kin_name(kin.as_str()),
            _ => continue,
        };
        let whose = c.name("whose").or(c.name("whose2")).map(|m| m.as_str());
        let role = match whose {
            Some(whose @ ("他" | "她")) => format!("{whose}的{role}"),
            _ => role.to_owned(),
        };
        // 股东会, 老板们, 物业费 are no parties.
        let next = text[whole.end()..].chars().next();
        let name_follows = named.iter().any(|(span, _)| span.start == whole.end());
        let compound = !name_follows && next.is_some_and(|c| "会名费证们部处".contains(c));
        // 村主任: a longer word for a role that the list has the end of.
        let longer = words
            .iter()
            .find(|w| w.span.start < whole.start() && w.span.end == whole.end() && whose.is_none());
        if let Some(word) = longer.filter(|w| w.tag.starts_with('n') && !compound) {
            if named
                .iter()
                .all(|(span, _)| span.end <= word.span.start || word.span.end <= span.start)
            {
                found.push((word.span.clone(), word.text.to_owned()));
            }
            continue;
        }
        if inside_word(words, whole.start()) || compound {
            continue;
        }
        let overlaps = |span: &Range<usize>| span.start < whole.end() && whole.start() < span.end;
        if named.iter().any(|(span, _)| overlaps(span)) {
            continue;
        }
        let next = named
            .iter()
            .filter(|(span, _)| span.start >= whole.end())
            .min_by_key(|(span, _)| span.start);
        if let Some((_, name)) = next.filter(|(span, _)| joins(&text[whole.end()..span.start])) {
            aliases.push(Alias {
                name: name.clone(),
                alias: role.clone(),
            });
        }
        let span = c
            .name("role")
            .or(c.name("kin"))
            .map_or(whole.range(), |m| m.range());
        found.push((span, role));
    }
    (found, aliases)
}

fn kin_name(kin: &str) -> &'static str {
    let known = roles::CHINESE_KIN.iter().find(|(word, _)| *word == kin);
    known.map_or("亲属", |(_, name)| name)
}

fn joins(between: &str) -> bool {
    matches!(
        between,
        "" | "叫" | "名叫" | "名字叫" | "叫做" | "是" | "就是" | "," | "，" | "是个叫" | "姓名叫"
    )
}
