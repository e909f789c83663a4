//! A column of items of which only those in sight are laid out, so that a long matter
//! costs as much as a short one.

use super::rich::Row;

/// Items one below the other.
pub(crate) trait Column {
    /// How many there are.
    fn len(&self) -> usize;
    /// One item's rows at a width; at least one.
    fn rows(&self, item: usize, columns: usize) -> Vec<Row>;
}

/// A row of an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Anchor {
    pub(crate) item: usize,
    pub(crate) row: usize,
}

/// Which part of a column is in sight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scroll {
    /// The end, also when more is added.
    #[default]
    End,
    /// From this row on.
    From(Anchor),
}

/// The size of the part in sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
}

impl Scroll {
    /// The rows in sight, each with where it is.
    pub(crate) fn visible(self, column: &impl Column, place: Place) -> Vec<(Anchor, Row)> {
        let first = self.first(column, place);
        let mut seen = Vec::with_capacity(place.rows);
        for item in first.item..column.len() {
            let skipped = if item == first.item { first.row } else { 0 };
            let rows = column.rows(item, place.columns).into_iter().enumerate();
            let rows = rows.map(|(row, content)| (Anchor { item, row }, content));
            seen.extend(rows.skip(skipped).take(place.rows - seen.len()));
            if seen.len() >= place.rows {
                break;
            }
        }
        seen
    }

    /// Moved by so many rows, down if positive; at the last row it is the end.
    pub(crate) fn moved(self, column: &impl Column, place: Place, by: isize) -> Self {
        let first = self.first(column, place);
        let rows = by.unsigned_abs();
        let moved = if by < 0 {
            up(column, place.columns, first, rows)
        } else {
            down(column, place.columns, first, rows)
        };
        if moved >= last_first(column, place) {
            Self::End
        } else {
            Self::From(moved)
        }
    }

    /// Moved as little as it takes to bring a row into sight.
    pub(crate) fn showing(self, column: &impl Column, place: Place, wanted: Anchor) -> Self {
        let first = self.first(column, place);
        if wanted < first {
            return Self::From(wanted);
        }
        let lowest = down(column, place.columns, first, place.rows.saturating_sub(1));
        if wanted <= lowest {
            return self;
        }
        Self::From(up(
            column,
            place.columns,
            wanted,
            place.rows.saturating_sub(1),
        ))
    }

    /// The first row in sight.
    fn first(self, column: &impl Column, place: Place) -> Anchor {
        match self {
            Self::End => last_first(column, place),
            Self::From(anchor) if anchor.item < column.len() => {
                let rows = column.rows(anchor.item, place.columns).len();
                // The width may have changed since.
                let row = anchor.row.min(rows.saturating_sub(1));
                Anchor { row, ..anchor }
            }
            Self::From(_) => last_first(column, place),
        }
    }
}

/// The first row when the end is in sight.
fn last_first(column: &impl Column, place: Place) -> Anchor {
    let mut left = place.rows;
    for item in (0..column.len()).rev() {
        let rows = column.rows(item, place.columns).len();
        if rows >= left {
            return Anchor {
                item,
                row: rows - left,
            };
        }
        left -= rows;
    }
    Anchor::default()
}

fn up(column: &impl Column, columns: usize, from: Anchor, rows: usize) -> Anchor {
    let Anchor { mut item, mut row } = from;
    let mut left = rows;
    while left > row {
        if item == 0 {
            return Anchor::default();
        }
        left -= row + 1;
        item -= 1;
        row = column.rows(item, columns).len().saturating_sub(1);
    }
    Anchor {
        item,
        row: row - left,
    }
}

fn down(column: &impl Column, columns: usize, from: Anchor, rows: usize) -> Anchor {
    let Anchor { mut item, mut row } = from;
    let mut left = rows;
    while item < column.len() {
        let below = column.rows(item, columns).len().saturating_sub(row + 1);
        if left <= below {
            return Anchor {
                item,
                row: row + left,
            };
        }
        left -= below + 1;
        item += 1;
        row = 0;
    }
    let item = column.len().saturating_sub(1);
    let rows = if column.len() == 0 {
        0
    } else {
        column.rows(item, columns).len()
    };
    Anchor {
        item,
        row: rows.saturating_sub(1),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rich::Tone;
    use super::*;

    /// Items of these heights.
    struct Heights(&'static [usize]);

    impl Column for Heights {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn rows(&self, item: usize, _: usize) -> Vec<Row> {
            let row = |row| Row::of(format!("{item}.{row}"), Tone::Plain);
            (0..self.0[item]).map(row).collect()
        }
    }

    const PLACE: Place = Place {
        columns: 10,
        rows: 4,
    };

    fn seen(scroll: Scroll, column: &Heights) -> Vec<String> {
        let rows = scroll.visible(column, PLACE).into_iter();
        rows.map(|(_, row)| row.plain()).collect()
    }

    #[test]
    fn the_end_shows_the_last_rows_and_short_columns_begin_at_the_top() {
        assert_eq!(
            seen(Scroll::End, &Heights(&[2, 3, 2])),
            ["1.1", "1.2", "2.0", "2.1"]
        );
        assert_eq!(seen(Scroll::End, &Heights(&[1, 1])), ["0.0", "1.0"]);
        assert_eq!(seen(Scroll::End, &Heights(&[])), [""; 0]);
        assert_eq!(
            seen(Scroll::End, &Heights(&[9])),
            ["0.5", "0.6", "0.7", "0.8"]
        );
    }

    #[test]
    fn scrolling_stops_at_both_ends() {
        let column = Heights(&[2, 3, 2]);
        let top = Scroll::End.moved(&column, PLACE, -99);
        assert_eq!(seen(top, &column), ["0.0", "0.1", "1.0", "1.1"]);
        let one = top.moved(&column, PLACE, 1);
        assert_eq!(seen(one, &column), ["0.1", "1.0", "1.1", "1.2"]);
        assert_eq!(one.moved(&column, PLACE, 2), Scroll::End);
        assert_eq!(one.moved(&column, PLACE, 99), Scroll::End);
        assert_eq!(
            Scroll::End
                .moved(&column, PLACE, -1)
                .moved(&column, PLACE, 1),
            Scroll::End
        );
    }

    #[test]
    fn a_row_is_brought_into_sight_with_the_least_movement() {
        let column = Heights(&[2, 3, 2, 5]);
        let top = Scroll::From(Anchor::default());
        let inside = Anchor { item: 1, row: 1 };
        assert_eq!(top.showing(&column, PLACE, inside), top);
        let below = Anchor { item: 2, row: 0 };
        assert_eq!(
            seen(top.showing(&column, PLACE, below), &column)
                .last()
                .unwrap(),
            "2.0"
        );
        let above = Anchor { item: 0, row: 1 };
        let low = Scroll::From(Anchor { item: 2, row: 1 });
        assert_eq!(seen(low.showing(&column, PLACE, above), &column)[0], "0.1");
    }

    #[test]
    fn an_anchor_beyond_what_there_is_shows_the_end() {
        let column = Heights(&[2, 3]);
        let beyond = Scroll::From(Anchor { item: 7, row: 3 });
        assert_eq!(seen(beyond, &column), seen(Scroll::End, &column));
    }
}
