//! What a question asks for, as far as its wording tells.

use std::sync::LazyLock;

use estoppel_memory::fact::DatePrecision;
use estoppel_memory::retrieve::Wanted as Whose;
use estoppel_memory::{Role, Value};
use regex::Regex;

use super::pattern;

/// What would answer a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wanted {
    /// A day, or a month or year where no day was told.
    Date,
    /// The time between two things that happened.
    Span,
    /// A length of time as it was told.
    Duration,
    /// A sum of money.
    Money,
    /// A share.
    Percent,
    /// A counted or measured quantity, or any amount.
    Amount,
    /// A number that names a thing.
    Identifier,
    /// Who, or the name of a person or organisation.
    Name,
    /// Whether something is so.
    Whether,
    /// Anything else.
    Open,
}

/// A question, read.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) wanted: Wanted,
    /// Whose words are asked for.
    pub(crate) said_by: Role,
    /// Whether more than one answer is expected.
    pub(crate) several: bool,
    /// Whether it asks for what was first, or for all that there was: what was
    /// corrected since counts as well.
    pub(crate) history: bool,
    /// Whether it asks for what holds in the end, after corrections and changes.
    pub(crate) in_the_end: bool,
    /// Whether who somebody is will do, without a name.
    pub(crate) role_will_do: bool,
    /// Whether the answer may have to be reckoned from what was said.
    pub(crate) reckons: bool,
}

static SPAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\bhow (?:many (?:days|weeks|months|years|hours)|long|late|overdue)\b[^?]{0,60}\b(?:after|before|between|since|from|until|late|overdue|expired|past|away|gone|off|separates?|till)\b",
        r"|\bfrom\b[^?]{3,120}\bhow (?:many (?:days|weeks|months|years)|long)\b",
        r"|过了(?:多少|几)个?(?:天|日|周|星期|月)|隔着(?:多少|几)|离[^?？]{2,30}还?(?:有|隔|差)着?(?:多少|几)",
        r"|从[^?？]{1,40}[到至][^?？]{1,40}(?:多少|几)(?:个?)(?:天|日|周|星期|月|年)|从[^?？]{1,40}[到至][^?？]{1,40}(?:多久|多长时间)",
        r"|(?:隔|相隔|相差|差|相距|过期|逾期|超期|迟|晚|早|拖)了?(?:已经)?(?:有)?(?:多少|几)(?:个?)(?:天|日|周|星期|月|年)|(?:隔|相隔|相距|拖)了?(?:多久|多长时间)",
    ))
});

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:^|[,:;]\s*|\band )when\b|\bwhen (?:did|was|were|is|are|do|does|will|can|should|have|has|had)\b|\b(?:what|which|the|exact|last) (?:\w+ )?(?:date|day)s?\b|\bdeadline\b|\bby when\b",
        r"|何时|什么时候|什么时间|哪一?天|哪一?日|几月几|几号|几月|哪年|哪月|日期|截止|最晚|最迟",
    ))
});

static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\bhow (?:long|many (?:days|weeks|months|years|hours))\b|\bnotice period\b",
        r"|多久|多长时间|(?:几|多少)个?(?:天|周|星期|月|年|小时)|期限",
    ))
});

/// A share is asked for as a sum.
static IN_MONEY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\bin (?:dollars|pounds|money|euros)\b|[折合]多少钱"));

static PERCENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\bpercent|\bper cent|\bwhat (?:share|proportion)\b|比例|百分"));

static MONEY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\bhow much\b|\bin (?:dollars|pounds|money|euros)\b|\b(?:what|which|each|every|list) (?:\w+ ){0,3}(?:amounts?|sums?|figures?|prices?|costs?|fees?|rent|deposit|salary|wage|pay|premium|bill|quote|offers?|ceiling|limit|cap|rate|cheque)\b",
        r"|\bwhat(?:['’]s| did| does| do| will| would| is| are| was| were| have| has| had)\b[^?]{0,60}\b(?:cost|costs|costing|charge|charged|charging|pay|paid|paying|worth|owe|owed|owing|come to|earn|salary|price|fee|rent|deposit|premium|total|sum|cheque|dock|hand over|walk away with|brought in|add up to|short)\b",
        r"|多少钱|多少元|金额|数额|总额|总数|总价|什么价|几(?:个|次)?[价钱]|开.{0,4}价|(?:钱|款|费|租|金|工资|薪|价|押金|补偿|赔偿|开销)[^?？]{0,8}(?:是|有|要|付|该|共|写)?多少|多少(?:工资|租金|押金|费)|(?:付|掏|花|赔|拿|退|交|赚|借|欠|自掏)了?(?:回|了|过)?多少",
    ))
});

static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\bhow (?:many|far|big|tall|high|wide|fast|old)\b|\bwhat (?:\w+ )?(?:overlap|distance|height|width|area|size|speed|weight|mileage|age)\b|多少|几[个瓶次份张人名位辆台条件套间本页户处家只双箱盒块袋]|多[大高宽远重]",
    )
});

static IDENTIFIER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:number|reference|code|plate)\b|号码|编号|车牌|账号|单号|案号|[证牌]号")
});

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:who|whose|whom)\b|\bname\b|\bwhich (?:\w+ )?(?:person|company|firm|agency|household|bank|neighbour|hospital|court)\b|\bcalled\b",
        r"|谁|叫什么|姓什么|姓名|名字|名称|真名|哪位|哪家|哪一家|哪个人|哪个公司",
    ))
});

static WHO: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:who|whose|whom|household)\b|谁|哪位"));

static SEVERAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:dates|amounts|prices|offers|figures|names|sums|beside|compared?|respectively|list|in order|first to last)\b",
        r"|哪几|哪些|各(?:是|有|多|自)|分别|几次|几个[价数]|两次|一次次|依次|都是什么",
    ))
});

static HISTORY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:first|originally|initially|at first|to begin with|earlier|previous(?:ly)?|so far)\b",
        r"|最初|最早|起初|一开始|原先|原来|头一|前后|历次|第一(?:次|份|回)",
    ))
});

static IN_THE_END: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:really|actually|genuinely|honestly|officially|properly|right|true|correct(?:ed)?|checked",
        r"|now|currently|today|these days|as (?:it stands|things stand)|at present|still|so far",
        r"|latest|newest|most recent|final(?:ly)?|in the end|by the end|end(?:ed)? up|at this point|at the moment|by now|on paper|best evidence)\b",
        r"|真正|准确|到底|究竟|确切|实际|其实|按准|算数|查实|核实|最后|最终|到头来|后来|最新|最近|现在|目前|眼下|如今|该[填写]",
    ))
});

static RECKONS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:in total|together|altogether|in all|unpaid|total|combined|left|remaining|still (?:to|due|ow\w+)|outstanding|balance|difference|how much (?:more|less|pricier|cheaper|dearer|better|worse)|how far (?:short|above|below)|add(?:s|ed|ing)? (?:up|together)|adding|plus|full sum|comes? back|come to together|on top|minus|net of|worth)\b",
        r"|一共|总共|合计|总计|加起来|还(?:剩|差|欠)|没(?:交|付|还|给)|加上|差额|差多少|多多少|少多少|该退|应退|应该退|拿回|公式|[倍折]",
    ))
});

/// That a question asks for the last day of something.
static LIMIT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:deadline|cut-?off|(?:last|final|latest|closing) (?:possible )?(?:day|date)",
        r"|by (?:what|which) (?:date|day)|by when|no later than|time limit",
        r"|(?:time|period|clock|window|limit|notice)\b[^?]{0,60}\b(?:run(?:s|ning)? out|end|lapse|expire|up)",
        r"|run(?:s|ning)? out|expires?|lapses?)\b",
        r"|截止|最晚|最迟|到期|最后一天|最后期限|哪[一]?天(?:之)?前",
    ))
});

static WHETHER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:^|[:,;]\s*)(?:did|do|does|have|has|had|was|were|is|are|am|can|could|will|would)\b",
        r"|有没有|是不是|是否|会不会|能不能|[过了]没有?[?？。]?$|吗[?？。]?$",
    ))
});

/// Whether the wording of a question asks for the last day of something.
pub(super) fn asks_for_last_day(question: &str) -> bool {
    LIMIT.is_match(question)
}

/// Whether a message asks something and does little else.
pub(super) fn asks(message: &str) -> bool {
    const LONGEST: usize = 300;
    static ASKS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(concat!(
            r"(?i)[?？]|^(?:\w+[:,] )?(?:who|what|when|where|which|how|did|do|does|have|has|was|were|is|are|can|give me|tell me|set|list)\b",
            r"|多少|几|谁|哪|什么|怎么|吗|有没有|是否",
        ))
    });
    message.chars().count() <= LONGEST && ASKS.is_match(message.trim())
}

impl Ask {
    /// Reads a question's wording.
    pub(crate) fn of(question: &str) -> Self {
        let question = question.trim();
        let wanted = [
            (&SPAN, Wanted::Span),
            (&DATE, Wanted::Date),
            (&DURATION, Wanted::Duration),
            (&IN_MONEY, Wanted::Money),
            (&PERCENT, Wanted::Percent),
            (&MONEY, Wanted::Money),
            (&IDENTIFIER, Wanted::Identifier),
            (&AMOUNT, Wanted::Amount),
            (&NAME, Wanted::Name),
            (&WHETHER, Wanted::Whether),
        ]
        .into_iter()
        .find(|(pattern, _)| pattern.is_match(question))
        .map_or(Wanted::Open, |(_, wanted)| wanted);
        let several = SEVERAL.is_match(question);
        let sums = matches!(wanted, Wanted::Money | Wanted::Amount) && RECKONS.is_match(question);
        Self {
            wanted,
            said_by: Whose::of(question).said_by,
            several,
            history: HISTORY.is_match(question),
            in_the_end: IN_THE_END.is_match(question),
            role_will_do: WHO.is_match(question),
            reckons: sums && !several,
        }
    }
}

impl Ask {
    /// Takes the time between two things for one that was told as such.
    pub(super) fn settle(&mut self) {
        if self.wanted == Wanted::Span {
            self.wanted = Wanted::Duration;
        }
    }
}

impl Wanted {
    /// Whether a value is of the kind that is asked for.
    pub(crate) fn is(self, value: &Value) -> bool {
        match self {
            Self::Date | Self::Span => {
                matches!(value, Value::Date { precision, .. } if *precision == DatePrecision::Day)
            }
            Self::Duration => matches!(value, Value::Duration { .. }),
            Self::Money => matches!(value, Value::Money { .. }),
            Self::Percent => matches!(value, Value::Percent { .. }),
            Self::Amount => matches!(
                value,
                Value::Quantity { .. }
                    | Value::Money { .. }
                    | Value::Percent { .. }
                    | Value::Duration { .. }
            ),
            Self::Identifier => matches!(value, Value::Identifier { .. }),
            Self::Name | Self::Whether | Self::Open => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wording_tells_what_is_wanted() {
        for (question, wanted) in [
            ("When did the roof start to leak?", Wanted::Date),
            ("How did I pay when I moved in?", Wanted::Open),
            (
                "How many days after the crash did I see a doctor?",
                Wanted::Span,
            ),
            ("How long is my notice?", Wanted::Duration),
            ("How much was the excess?", Wanted::Money),
            ("What did the garage charge me?", Wanted::Money),
            ("What share of the house is mine?", Wanted::Percent),
            ("How many boxes came back?", Wanted::Amount),
            ("What is my policy number?", Wanted::Identifier),
            ("Who signed for the parcel?", Wanted::Name),
            ("Did I sign the release?", Wanted::Whether),
            ("Where is the car now?", Wanted::Open),
            ("我是哪天入职的?", Wanted::Date),
            ("从出院到复查隔了多少天?", Wanted::Span),
            ("试用期多久?", Wanted::Duration),
            ("彩礼一共给了多少钱?", Wanted::Money),
            ("我占的比例是多少?", Wanted::Percent),
            ("坏了几个?", Wanted::Amount),
            ("车牌号是多少?", Wanted::Identifier),
            ("是谁签收的?", Wanted::Name),
            ("我有没有签过字?", Wanted::Whether),
            ("车现在停在什么地方?", Wanted::Open),
        ] {
            assert_eq!(Ask::of(question).wanted, wanted, "{question}");
        }
    }

    #[test]
    fn a_message_that_asks_nothing_is_no_question() {
        assert!(asks("How much was the excess?"));
        assert!(asks("押金是多少"));
        assert!(!asks("I found the letter. It says I owe £300 by Friday."));
        assert!(!asks(&"and then it rained ".repeat(40)));
    }
}
