//! The panes beside the conversation, as columns.

mod citation;

use crate::room::state::{Pane, Side, State};
use crate::room::text::{Column, Row};

/// The items of a pane.
pub(crate) struct PaneColumn {
    items: Vec<Vec<Row>>,
}

impl PaneColumn {
    pub(crate) fn new(state: &State, side: &Side) -> Self {
        let columns = super::areas(state).side.map_or(1, |place| place.columns);
        let items = match &side.pane {
            Pane::Citation(followed) => citation::items(state, followed, columns),
        };
        Self { items }
    }
}

impl Column for PaneColumn {
    fn len(&self) -> usize {
        self.items.len()
    }

    fn rows(&self, item: usize, _: usize) -> Vec<Row> {
        self.items[item].clone()
    }
}
