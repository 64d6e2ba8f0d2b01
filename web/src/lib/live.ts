import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import type { EventRow, FlowMinute, Job } from "./api";

/** What each topic of `/api/live` carries. */
export interface LiveTopics {
  jobs: Job;
  tail: EventRow | EventRow[];
  flow: FlowMinute;
  /** That something about segments changed: who shows them asks again. */
  segments: unknown;
  [profile: `profile:${string}`]: EventRow | EventRow[];
}

interface Listener {
  receive: (data: unknown) => void;
  /** From here on nothing is missed: what is fetched now and what arrives later is everything. */
  joined?: () => void;
}

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;

const listeners = new Map<string, Set<Listener>>();
const statusListeners = new Set<() => void>();
let socket: WebSocket | null = null;
let retryMs = RETRY_MS_MIN;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let open = false;

function setOpen(value: boolean): void {
  open = value;
  for (const listener of statusListeners) listener();
}

function send(message: object): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function connect(): void {
  if (socket || listeners.size === 0) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/api/live`);
  socket.onopen = () => {
    retryMs = RETRY_MS_MIN;
    for (const topic of listeners.keys()) send({ subscribe: topic });
    setOpen(true);
  };
  socket.onmessage = (message) => deliver(String(message.data));
  socket.onclose = () => {
    socket = null;
    setOpen(false);
    clearTimeout(retryTimer);
    retryTimer = setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
  };
}

function deliver(text: string): void {
  const message = JSON.parse(text) as { topic?: string; data?: unknown; subscribed?: string };
  if (message.subscribed) {
    for (const listener of listeners.get(message.subscribed) ?? []) listener.joined?.();
  }
  if (!message.topic) return;
  for (const listener of listeners.get(message.topic) ?? []) listener.receive(message.data);
}

export function subscribe(topic: string, listener: Listener): () => void {
  const topicListeners = listeners.get(topic) ?? new Set();
  if (topicListeners.size === 0) send({ subscribe: topic });
  topicListeners.add(listener);
  listeners.set(topic, topicListeners);
  connect();
  return () => {
    topicListeners.delete(listener);
    if (topicListeners.size > 0) return;
    listeners.delete(topic);
    send({ unsubscribe: topic });
  };
}

/** Closes the socket, so that nothing of a member who signed out arrives later. */
export function closeLive(): void {
  clearTimeout(retryTimer);
  listeners.clear();
  socket?.close();
}

/**
 * Calls back on every message of a topic while the component is shown, and whenever the server has
 * joined it to the topic: then is the time to fetch what came before.
 */
export function useLive<T extends keyof LiveTopics & string>(
  topic: T | null,
  onMessage: (data: LiveTopics[T]) => void,
  onJoined?: () => void,
): void {
  const receive = useEffectEvent((data: unknown) => onMessage(data as LiveTopics[T]));
  const joined = useEffectEvent(() => onJoined?.());
  useEffect(() => (topic ? subscribe(topic, { receive, joined }) : undefined), [topic]);
}

/** True while the socket is open; screens poll when it is not. */
export function useLiveOpen(): boolean {
  return useSyncExternalStore(
    (listener) => {
      statusListeners.add(listener);
      return () => statusListeners.delete(listener);
    },
    () => open,
  );
}

export function asList<T>(data: T | T[]): T[] {
  return Array.isArray(data) ? data : [data];
}
