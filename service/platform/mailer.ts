// Hands one message to a mail server, or to a folder. Knows nothing of who is owed what.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import nodemailer from 'nodemailer'
import type Mail from 'nodemailer/lib/mailer/index.js'
import { z } from 'zod'
import { toDate } from './clock.ts'
import { sha256Hex } from './secrets.ts'

export type Address = { name: string; address: string }

export type Message = {
  messageId: string
  date: Temporal.Instant
  from: Address
  replyTo: Address
  to: string
  subject: string
  text: string
  html: string
  headers: Record<string, string>
}

/**
 * What became of a message: taken by the server; to be tried `later`; not even talked about, because the server or the
 * line is `down`; or `refused` for this address for good. `code` is the SMTP code or the kind of failure, never an address.
 */
export type SendOutcome = { ok: true } | { ok: false; because: 'later' | 'down' | 'refused'; code: string }

export type Mailer = { send(message: Message): Promise<SendOutcome>; close(): void }

const CONNECTION_TIMEOUT = 10_000
const GREETING_TIMEOUT = 10_000
const SOCKET_TIMEOUT = 30_000
const DNS_TIMEOUT = 5_000
/** EHLO, STARTTLS, EHLO, AUTH, MAIL, RCPT, DATA and the message itself, each allowed a whole socket timeout. */
const COMMANDS = 8

/** The longest a single SMTP conversation can take, in milliseconds: a claim on a mailing must outlive it. */
export const LONGEST_CONVERSATION = DNS_TIMEOUT + CONNECTION_TIMEOUT + GREETING_TIMEOUT + COMMANDS * SOCKET_TIMEOUT

/** A mailer that speaks SMTP; TLS is required unless the relay is on this machine. */
export function smtpMailer(url: string): Mailer {
  const { protocol, hostname, port, username, password } = new URL(url)
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  const transport = nodemailer.createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'smtps:' ? 465 : 587),
    secure: protocol === 'smtps:',
    requireTLS: !loopback,
    ignoreTLS: loopback && protocol === 'smtp:',
    ...(username && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    pool: true,
    maxConnections: 3,
    maxMessages: 100,
    maxRequeues: 0,
    connectionTimeout: CONNECTION_TIMEOUT,
    greetingTimeout: GREETING_TIMEOUT,
    socketTimeout: SOCKET_TIMEOUT,
    dnsTimeout: DNS_TIMEOUT,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
    debug: false,
  } as Parameters<typeof nodemailer.createTransport>[0])
  return {
    async send(message) {
      if (!isOneAddress(message.to)) return NOT_AN_ADDRESS
      try {
        await transport.sendMail(toNodemailer(message))
        return { ok: true }
      } catch (error) {
        return classify(error)
      }
    },
    close: () => transport.close(),
  }
}

/** A mailer that keeps each message as a file, `NNNNNN.eml` in order of sending, and never more than `keep` of them. */
export function folderMailer(folder: string, keep = 200): Mailer {
  const transport = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
  mkdirSync(folder, { recursive: true })
  const kept = mailFiles(folder)
  let number = Number.parseInt(kept.at(-1) ?? '0', 10)
  return {
    async send(message) {
      if (!isOneAddress(message.to)) return NOT_AN_ADDRESS
      const { message: bytes } = await transport.sendMail(toNodemailer(message))
      const name = `${String(++number).padStart(6, '0')}.eml`
      writeFileSync(join(folder, name), bytes as Buffer)
      kept.push(name)
      for (const old of kept.splice(0, Math.max(0, kept.length - keep))) rmSync(join(folder, old), { force: true })
      return { ok: true }
    },
    close: () => transport.close(),
  }
}

/** Whatever was stored, a message goes to one address: nodemailer takes a comma, a line break or a group as several. */
const isOneAddress = (text: string): boolean => z.email().safeParse(text).success
const NOT_AN_ADDRESS: SendOutcome = { ok: false, because: 'refused', code: 'malformed address' }

/** The names of the messages in a mail folder, oldest first. */
export const mailFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /^\d{6}\.eml$/.test(name))
    .sort()

function toNodemailer({ messageId, date, from, replyTo, to, subject, text, html, headers }: Message): Mail.Options {
  return {
    messageId,
    date: toDate(date),
    from,
    replyTo,
    to: { name: '', address: to },
    envelope: { from: from.address, to: [to] },
    subject,
    text,
    html,
    headers,
    // The same message has the same bytes each time it is tried.
    baseBoundary: sha256Hex(messageId).slice(0, 16),
    disableFileAccess: true,
    disableUrlAccess: true,
  } as Mail.Options
}

function classify(error: unknown): SendOutcome {
  const {
    responseCode,
    response = '',
    command,
    code = 'unknown',
  } = error as { responseCode?: number; response?: string; command?: string; code?: string }
  if (responseCode === undefined) return { ok: false, because: 'down', code }
  const refused = command === 'RCPT TO' && saysNoSuchMailbox(responseCode, response)
  return { ok: false, because: refused ? 'refused' : 'later', code: String(responseCode) }
}

/** Whether the address itself is at fault (5.1.x), and not a full mailbox (5.2), a policy (5.7) or our own address (5.1.7, 5.1.8). */
function saysNoSuchMailbox(responseCode: number, response: string): boolean {
  const [status] = /\b5\.\d{1,3}\.\d{1,3}\b/.exec(response) ?? []
  if (status === undefined) return [550, 551, 553].includes(responseCode)
  return status.startsWith('5.1.') && !['5.1.7', '5.1.8'].includes(status)
}
