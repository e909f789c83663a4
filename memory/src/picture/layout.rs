//! Where things stand: turns below each other in the middle, as they were said; what
//! they state to the right of them, whom and what they name to the left.

use std::collections::BTreeMap;

use super::{Kind, Picture, Shown};
use crate::turn::TurnId;

/// The height of a row, and of a box in it, in pixels.
const ROW: f32 = 34.0;
pub(super) const BOX: f32 = 24.0;
/// What stands above the first row.
pub(super) const TOP: f32 = 118.0;
/// The left edge and the width of each column.
const NAMES: (f32, f32) = (24.0, 210.0);
const TURNS: (f32, f32) = (354.0, 350.0);
const FACTS: (f32, f32) = (824.0, 264.0);
pub(super) const WIDTH: f32 = 1200.0;

/// A box: its left edge, its width, and the height of its middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) left: f32,
    pub(super) width: f32,
    pub(super) middle: f32,
}

impl Place {
    fn of((left, width): (f32, f32), middle: f32) -> Self {
        Self {
            left,
            width,
            middle,
        }
    }

    pub(super) fn right(&self) -> f32 {
        self.left + self.width
    }
}

/// Every node's place by its name, and the height of the whole.
pub(super) struct Layout<'a> {
    pub(super) places: BTreeMap<&'a str, Place>,
    pub(super) height: f32,
}

impl<'a> Layout<'a> {
    pub(super) fn of(picture: &'a Picture) -> Self {
        let (mut places, mut rows) = (BTreeMap::new(), BTreeMap::new());
        let mut y = TOP + ROW / 2.0;
        let is_fact = |shown: &&Shown| matches!(shown.kind, Kind::Fact { .. });
        let mut facts = picture.nodes.iter().filter(is_fact).peekable();
        for turn in picture.nodes.iter().filter(|shown| is_turn(shown)) {
            places.insert(turn.id.as_str(), Place::of(TURNS, y));
            rows.insert(turn.turn, y);
            let mut last = y;
            while let Some(fact) = facts.next_if(|fact| fact.turn == turn.turn) {
                places.insert(fact.id.as_str(), Place::of(FACTS, y));
                last = y;
                y += ROW;
            }
            y = last + ROW;
        }
        let names = Self::names(picture, &rows);
        let lowest = names
            .last()
            .map_or(y, |(_, place)| y.max(place.middle + ROW));
        places.extend(names);
        Self {
            places,
            height: lowest,
        }
    }

    /// Names stand beside the turn that brings them up, or as soon below as there is room.
    fn names(picture: &'a Picture, rows: &BTreeMap<TurnId, f32>) -> Vec<(&'a str, Place)> {
        let is_name = |shown: &&Shown| matches!(shown.kind, Kind::Party | Kind::Authority);
        let mut free = TOP + ROW / 2.0;
        let place = |shown: &'a Shown| {
            let beside = rows.get(&shown.turn).copied().unwrap_or(free);
            let middle = beside.max(free);
            free = middle + ROW;
            (shown.id.as_str(), Place::of(NAMES, middle))
        };
        picture.nodes.iter().filter(is_name).map(place).collect()
    }
}

fn is_turn(shown: &Shown) -> bool {
    matches!(shown.kind, Kind::Turn { .. })
}
