//! Following the song: from the main loop's feed to messages of bounded length, at the client's own pace.

use chorus::pulse::v1::{HistoryState, SongPart, SubscribeResponse, subscribe_response::Kind};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::{
    main_loop::Event,
    subscribers::{Feed, MAX_BEHIND, UndoState},
    wire::{
        self, parts,
        service::{ANSWER_QUEUE, Answers, PulseCalls, ending},
    },
};

impl PulseCalls {
    pub(super) async fn follow(
        &self,
        client: String,
        have_sequence: Option<u64>,
        song: &str,
    ) -> Result<Answers<SubscribeResponse>, Status> {
        // Where it stood in another song is no place in this one.
        let have_sequence = have_sequence.filter(|_| song.is_empty() || song == self.identity);
        let (queue, feeds) = mpsc::channel(MAX_BEHIND);
        self.events.send(Event::Subscribe { client, have_sequence, queue }).await.map_err(|_| ending())?;
        let (sender, answers) = mpsc::channel(ANSWER_QUEUE);
        let (identity, path) = (self.identity.clone(), self.folder.root().display().to_string());
        tokio::spawn(async move {
            // An error means that the client is gone.
            let _ = pass_on(feeds, &sender, (identity, path)).await;
        });
        Ok(ReceiverStream::new(answers))
    }
}

type Sender = mpsc::Sender<Result<SubscribeResponse, Status>>;

async fn pass_on(
    mut feeds: mpsc::Receiver<Feed>,
    sender: &Sender,
    (song, path): (String, String),
) -> Result<(), mpsc::error::SendError<Result<SubscribeResponse, Status>>> {
    let message = |kind| Ok(SubscribeResponse { kind: Some(kind) });
    loop {
        let feed = tokio::select! {
            feed = feeds.recv() => feed,
            () = sender.closed() => return Ok(()),
        };
        match feed {
            Some(Feed::Song(project, sequence)) => {
                // The parts hold the song's lock-step copy no longer than they need it.
                let mut parts: Vec<SongPart> = parts::song(project.entities(), sequence).collect();
                drop(project);
                if let Some(first) = parts.first_mut() {
                    (first.song, first.path) = (song.clone(), path.clone());
                }
                for part in parts {
                    sender.send(message(Kind::Part(part))).await?;
                }
            }
            Some(Feed::Transaction(transaction)) => {
                sender.send(message(Kind::Transaction(wire::entity::transaction(&transaction)))).await?;
            }
            Some(Feed::Undo(UndoState { undo, redo })) => {
                let state = HistoryState { undo_label: undo, redo_label: redo };
                sender.send(message(Kind::History(state))).await?;
            }
            Some(Feed::Closing) => return sender.send(Err(ending())).await,
            None => {
                let behind = format!("more than {MAX_BEHIND} changes behind: subscribe again");
                return sender.send(Err(Status::resource_exhausted(behind))).await;
            }
        }
    }
}
