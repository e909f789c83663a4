//! The binary `estoppel`: command line and terminal.

mod answer;
mod cli;
mod commands;
mod interrupt;
mod output;
mod pull;
mod render;
mod room;
mod session;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::{Chat, Cli, Command};
use commands::Slash;
use interrupt::Interrupted;
use output::Output;

/// What a command that did not fail ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done.
    Done,
    /// A figure is below its `--require`.
    BelowRequired,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(&cli.global);
    match interrupt::install().and_then(|()| dispatch(cli, output)) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::BelowRequired) => ExitCode::from(1),
        Err(error) if error.is::<Interrupted>() => ExitCode::from(interrupt::EXIT),
        // Whoever reads our output has closed it, as `| head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            render::error(&error);
            ExitCode::from(2)
        }
    }
}

fn dispatch(cli: Cli, output: Output) -> anyhow::Result<Outcome> {
    let global = &cli.global;
    match cli.command {
        None | Some(Command::Chat(_)) if cli.accessible => {
            commands::chat(global, output.still(), Slash::Commands)
        }
        None | Some(Command::Chat(Chat { plain: false })) if room::possible() && !output.json => {
            room::open(global)
        }
        None | Some(Command::Chat(_)) => commands::chat(global, output, Slash::Text),
        Some(Command::Demo) => commands::demo(global, output),
        Some(Command::Ask(args)) => commands::ask(global, output, &args),
        Some(Command::Run(args)) => commands::run(global, output, &args),
        Some(Command::Eval(args)) => commands::eval(global, output, &args),
        Some(Command::Train(command)) => commands::train(global, output, &command),
        Some(Command::Memory(command)) => commands::memory(global, output, command),
        Some(Command::Model(command)) => commands::model(global, output, command),
        Some(Command::Bench(command)) => commands::bench(global, output, &command),
        Some(Command::Logs) => {
            let path = room::log::path(&session::data_dir(global)?);
            output.text(format_args!("{}\n", path.display()))?;
            Ok(Outcome::Done)
        }
        Some(Command::Doctor) => commands::doctor(global, output),
        Some(Command::Completions { shell }) => {
            clap_complete::generate(
                shell,
                &mut Cli::command(),
                "estoppel",
                &mut std::io::stdout(),
            );
            Ok(Outcome::Done)
        }
        Some(Command::Man) => {
            clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?;
            Ok(Outcome::Done)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
