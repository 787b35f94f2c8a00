// The messages the page speaks, as plain data: the only file of the page's own that names generated types.
//
// Shapes and meanings are those of chorus/proto; nothing is renamed here. Bytes in, plain data out, and back.
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import type * as aura from './generated/loophole/aura/v1/page_pb';
import { AuraMessageSchema, PageMessageSchema } from './generated/loophole/aura/v1/page_pb';
import type { CommandSchema } from './generated/loophole/pulse/v1/command_pb';
import type * as libraries from './generated/loophole/pulse/v1/library_pb';
import type * as pulse from './generated/loophole/pulse/v1/pulse_service_pb';
import type * as songs from './generated/loophole/pulse/v1/song_pb';
import { SongSchema } from './generated/loophole/pulse/v1/song_pb';
import type * as transactions from './generated/loophole/pulse/v1/transaction_pb';
import type * as statuses from './generated/loophole/signal/v1/device_status_pb';
import type * as graphs from './generated/loophole/signal/v1/graph_pb';
import type * as incidents from './generated/loophole/signal/v1/incident_pb';
import type * as sandboxes from './generated/loophole/signal/v1/sandboxes_pb';
import type { AudioSettingsSchema } from './generated/loophole/signal/v1/signal_service_pb';
import type * as signal from './generated/loophole/signal/v1/signal_service_pb';
import type * as recordings from './generated/loophole/signal/v1/recording_pb';
import type * as songLists from './generated/loophole/supervisor/v1/songs_pb';
import type * as supervisor from './generated/loophole/supervisor/v1/supervisor_service_pb';
import type { StartExportRequestSchema } from './generated/loophole/supervisor/v1/supervisor_service_pb';
import { message, plain, type Plain } from './plain';

export { FadeCurve, Isolation, Monitor, TrackKind } from './generated/loophole/pulse/v1/song_pb';
export { FileKind } from './generated/loophole/pulse/v1/library_pb';
export { DeviceState } from './generated/loophole/signal/v1/device_status_pb';
export { IncidentKind, Remedy } from './generated/loophole/signal/v1/incident_pb';
export { SandboxRole } from './generated/loophole/signal/v1/sandboxes_pb';
export { MetronomePlace, RecordingPhase } from './generated/loophole/signal/v1/recording_pb';
export { MidiDirection } from './generated/loophole/signal/v1/signal_service_pb';
export { StripParameter } from './generated/loophole/signal/v1/graph_pb';
export {
  ExportFormat,
  ExportState,
  ProcessKind,
  ProcessState,
} from './generated/loophole/supervisor/v1/supervisor_service_pb';

export type Entity = Plain<songs.Entity>;
export type Song = Plain<songs.Song>;
export type TempoPoint = Plain<songs.TempoPoint>;
export type SignaturePoint = Plain<songs.SignaturePoint>;
export type Marker = Plain<songs.Marker>;
export type Track = Plain<songs.Track>;
export type Device = Plain<songs.Device>;
export type Send = Plain<songs.Send>;
export type Media = Plain<songs.Media>;
export type Clip = Plain<songs.Clip>;
export type Note = Plain<songs.Note>;
export type TrackInput = Plain<songs.TrackInput>;
export type MidiOutput = Plain<songs.MidiOutput>;
export type MidiPort = Plain<signal.MidiPort>;
export type DeviceMedia = Plain<songs.DeviceMedia>;
export type MidiEvent = Plain<songs.MidiEvent>;
export type Plugin = Plain<libraries.Plugin>;
export type FailedBundle = Plain<libraries.FailedBundle>;
export type FileEntry = Plain<libraries.FileEntry>;
export type SongPart = Plain<pulse.SongPart>;
export type HistoryState = Plain<pulse.HistoryState>;
export type PeaksPart = Plain<pulse.GetPeaksResponse>;
export type Transaction = Plain<transactions.Transaction>;
export type DeviceStatus = Plain<statuses.DeviceStatus>;
export type ParameterDescription = Plain<statuses.ParameterDescription>;
export type Incident = Plain<incidents.Incident>;
export type Sandbox = Plain<sandboxes.SandboxStatus>;
export type SandboxPlugin = Plain<sandboxes.SandboxPlugin>;
export type RememberedIncident = Plain<libraries.RememberedIncident>;
export type Grants = Plain<graphs.Grants>;
export type GrantedPlace = Plain<graphs.GrantedPlace>;
export type DeviceReport = Plain<signal.WatchDevicesResponse>;
export type AudioDevice = Plain<signal.GetDeviceResponse>;
export type AudioDevices = Plain<signal.ListAudioDevicesResponse>;
/** What is chosen; left out: the device's or Loophole's own. */
export type AudioSettings = Plain<MessageInitShape<typeof AudioSettingsSchema>>;
export type RecordingState = Plain<recordings.WatchRecordingResponse>;
export type MetronomeOutput = Plain<recordings.MetronomeOutput>;
export type TakeStatus = Plain<recordings.TakeStatus>;
export type SongEntry = Plain<songLists.SongEntry>;
export type Process = Plain<supervisor.Process>;
export type ExportJob = Plain<supervisor.ExportJob>;
export type ExportedFile = Plain<supervisor.ExportedFile>;
export type StartExport = Plain<MessageInitShape<typeof StartExportRequestSchema>>;
export type Services = Plain<aura.Services>;
export type TelemetryFrame = Plain<aura.Telemetry>;
export type LoudnessFigures = Plain<aura.Loudness>;
export type Welcome = Plain<aura.Welcome>;

/** A command to Pulse: `{ kind: { case: 'moveClip', value: { id, track, start } } }`. */
export type Command = Plain<MessageInitShape<typeof CommandSchema>>;
/** What Aura sends: the `kind` of an AuraMessage. */
export type Incoming = Plain<aura.AuraMessage>['kind'];
/** What the page sends: the `kind` of a PageMessage. */
export type Outgoing = NonNullable<Plain<MessageInitShape<typeof PageMessageSchema>>['kind']>;

/** A song of which nothing is known yet. */
export function blankSong(): Song {
  return plain(create(SongSchema));
}

/** The protocol version this page speaks. */
export const PROTOCOL = { major: 1, minor: 0 };

/** Bytes of a message to Aura; `requestId` 0 wants no answer. */
export function encode(requestId: number, kind: Outgoing): Uint8Array<ArrayBuffer> {
  return toBinary(PageMessageSchema, message(PageMessageSchema, { requestId, kind }));
}

/** Reads a message from Aura. Throws when the bytes are none. */
export function decode(bytes: Uint8Array): { requestId: number; kind: Incoming } {
  return plain(fromBinary(AuraMessageSchema, bytes));
}

/** Bytes of a message as Aura would send it: for tests and the fixture. */
export function encodeIncoming(requestId: number, kind: Plain<MessageInitShape<typeof AuraMessageSchema>>['kind']) {
  return toBinary(AuraMessageSchema, message(AuraMessageSchema, { requestId, kind }));
}

/** Reads a message to Aura: for tests and the fixture. */
export function decodeOutgoing(bytes: Uint8Array) {
  return plain(fromBinary(PageMessageSchema, bytes));
}
