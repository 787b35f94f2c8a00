// A browser's WebSocket as the link's channel. Nothing but the translation.
import type { Channel } from './link';

/** Connects to Aura at the page's own origin. */
export function connectSocket(): Channel {
  const url = new URL('ws', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  const channel: Channel = {
    send: (bytes) => socket.send(bytes),
    close: () => socket.close(),
    onopen: null,
    onmessage: null,
    onclose: null,
  };
  socket.onopen = () => channel.onopen?.();
  socket.onmessage = (event: MessageEvent<ArrayBuffer>) => channel.onmessage?.(new Uint8Array(event.data));
  socket.onclose = () => channel.onclose?.();
  return channel;
}
