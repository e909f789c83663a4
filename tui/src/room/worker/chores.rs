//! What the worker is asked beside questions.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, Write};
use std::path::Path;

use anyhow::{Context, bail};
use estoppel::memory::{Mark, Matter, MatterName, Matters, NewTurn, Role, TurnId};
use estoppel::{Agent, Language, PromptBudget, cited_answers};

use super::{Desk, draft, loading, snapshot};
use crate::room::export;
use crate::room::language::Say;
use crate::room::message::{Format, Noted, Report, Work};
use crate::session;

impl Desk {
    pub(super) fn chore(&mut self, work: Work) -> anyhow::Result<()> {
        match work {
            Work::Open(name) => self.open(&name),
            Work::Ask { question, keep } => {
                self.answer(&question, keep);
                Ok(())
            }
            Work::Find(query) => self.find(query),
            Work::Mark(mark) => self.mark(mark),
            Work::Forget(turn) => self.forget(turn),
            Work::Correct(text) => self.correct(&text),
            Work::Pull(name) => self.pull(&name),
            Work::UseModel(name) => self.use_model(&name),
            Work::Budget(turns) => self.budget(turns),
            Work::Export { format, path } => self.export(format, &path),
            Work::Import { path, matter } => self.import(&path, &matter),
            Work::ListMatters => self.list(),
            Work::KeepDraft { matter, text } => {
                Ok(draft::keep(&self.matters()?.folder(&matter), &text)?)
            }
            Work::Rename { from, to } => {
                let open = self.leave(&from)?;
                let renamed = self.matters()?.rename(&from, &to);
                let name = if renamed.is_ok() { &to } else { &from };
                if open {
                    self.reopen(name)?;
                    self.tell(Report::Renamed(name.clone()));
                }
                renamed?;
                self.list()
            }
            Work::Archive { matter, archived } => {
                self.matters()?.archive(&matter, archived)?;
                self.list()
            }
            Work::Delete(name) => {
                if self.leave(&name)? {
                    self.tell(Report::Shut);
                }
                self.matters()?.delete(&name)?;
                self.list()
            }
        }
    }

    fn matters(&self) -> anyhow::Result<Matters> {
        Ok(session::data_dir(&self.global)?.matters()?)
    }

    fn list(&self) -> anyhow::Result<()> {
        self.tell(Report::Matters(self.matters()?.list()?));
        Ok(())
    }

    fn agent(&mut self) -> anyhow::Result<&mut Agent> {
        self.agent.as_mut().context("the models are not loaded yet")
    }

    /// Lets go of a matter, if it is the open one.
    fn leave(&mut self, name: &MatterName) -> anyhow::Result<bool> {
        if self.name.as_ref() != Some(name) {
            return Ok(false);
        }
        self.name = None;
        self.matter = None;
        if let Some(agent) = &mut self.agent {
            agent.switch(Matter::in_memory())?;
        }
        Ok(true)
    }

    /// Takes up a matter that was left, as it was.
    fn reopen(&mut self, name: &MatterName) -> anyhow::Result<()> {
        let matter = self.matters()?.open_matter(name)?;
        self.name = Some(name.clone());
        match &mut self.agent {
            Some(agent) => drop(agent.switch(matter)?),
            None => self.matter = Some(matter),
        }
        Ok(())
    }

    fn find(&mut self, query: String) -> anyhow::Result<()> {
        let evidence = self.agent()?.evidence(&query)?;
        self.tell(Report::Found { query, evidence });
        Ok(())
    }

    fn mark(&mut self, mark: Mark) -> anyhow::Result<()> {
        let agent = self.agent()?;
        agent.mark(mark.clone())?;
        let record = snapshot(agent.matter());
        self.tell(Report::Marked { mark, record });
        Ok(())
    }

    fn forget(&mut self, turn: TurnId) -> anyhow::Result<()> {
        let agent = self.agent()?;
        agent.forget(turn)?;
        let record = snapshot(agent.matter());
        self.tell(Report::Changed(record));
        self.tell(Report::Noted(Noted::Forgotten(turn)));
        Ok(())
    }

    /// Writes a turn that says of itself that it corrects.
    fn correct(&mut self, text: &str) -> anyhow::Result<()> {
        let agent = self.agent()?;
        let lead = Language::of(text).say("Correction: ", "更正：");
        let session = agent.matter().turns().last().map_or(1, |turn| turn.session);
        let now = jiff::ZonedDateTime::now().datetime();
        let turn = agent.remember(NewTurn {
            session,
            ..NewTurn::new(Role::Client, now, format!("{lead}{text}"))
        })?;
        let over = agent.matter().graph().corrects(turn);
        let record = snapshot(agent.matter());
        self.tell(Report::Changed(record));
        self.tell(Report::Noted(Noted::Corrected { turn, over }));
        Ok(())
    }

    /// The model so far goes on if the other one cannot be loaded.
    fn use_model(&mut self, name: &str) -> anyhow::Result<()> {
        let builder = session::builder(&self.global).model(name);
        let progress = &mut |done, total| loading(&self.reports, done, total);
        progress(0, 0);
        let mut other = builder.open_on_telling(Matter::in_memory(), progress)?;
        if let Some(mut agent) = self.agent.take() {
            other.switch(agent.switch(Matter::in_memory())?)?;
        }
        self.take_up(Ok(other))
    }

    fn budget(&mut self, turns: usize) -> anyhow::Result<()> {
        self.agent()?.set_budget(PromptBudget {
            turns,
            ..PromptBudget::default()
        });
        Ok(())
    }

    fn export(&self, format: Format, path: &str) -> anyhow::Result<()> {
        let agent = self.agent.as_ref().map(Agent::matter);
        let (Some(matter), Some(name)) = (agent.or(self.matter.as_ref()), &self.name) else {
            bail!("no matter is open");
        };
        let text = match format {
            Format::Markdown => export::markdown(
                name.as_str(),
                matter.turns(),
                &cited_answers(matter),
                self.language,
            ),
            Format::JsonLines => matter.export().map(|line| line + "\n").collect(),
        };
        let failed = || format!("{path} was not written");
        // What is there already is somebody's.
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .with_context(failed)?;
        file.write_all(text.as_bytes()).with_context(failed)?;
        self.tell(Report::Noted(Noted::Exported(path.to_owned())));
        Ok(())
    }

    fn import(&self, path: &str, name: &MatterName) -> anyhow::Result<()> {
        let failed = || format!("{path} was not imported");
        let file = File::open(Path::new(path)).with_context(failed)?;
        let turns = self
            .matters()?
            .import(name, BufReader::new(file))
            .with_context(failed)?;
        self.tell(Report::Noted(Noted::Imported {
            matter: name.clone(),
            turns,
        }));
        Ok(())
    }
}
