// Hands one message to a mail server, or to a folder, and says what became of it. Knows nothing of who is owed what.
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import nodemailer from 'nodemailer'
import type Mail from 'nodemailer/lib/mailer/index.js'
import { z } from 'zod'
import { toDate } from './clock.ts'
import { sha256Hex } from './secrets.ts'
import { FileError } from './yaml.ts'

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
  /** Where reports about it go; the sender's address unless given. */
  returnPath?: string | undefined
}

/**
 * What became of a message: taken by the server, or not, and then why.
 * `later`: this message or its recipient, for a while.
 * `down`: the server or the line, before anything was taken; the message is not to blame.
 * `refused`: the mailbox does not exist.
 * `full`: the mailbox takes no more for now.
 * `ours`: the server does not want us or cannot be trusted, so that every other message would fare the same.
 * `unknown`: all of it went out and no answer came, so that it may have been taken or not.
 * `code` is the SMTP code with its enhanced status, or the kind of failure; never an address, nor what a server wrote.
 */
export type SendOutcome =
  | { ok: true }
  | { ok: false; because: 'later' | 'down' | 'refused' | 'full' | 'ours' | 'unknown'; code: string }

export type Mailer = { send(message: Message): Promise<SendOutcome>; close(): void }

export type Stage = 'connected' | 'recipient taken' | 'body sent' | 'taken'

export type MailerSettings = {
  /** The longest wait for each answer of the server, in milliseconds. */
  timeout: number
  /** How many messages are on their way at once; the others wait for their turn. */
  connections: number
  /** What messages are signed with, and for which domain: the sender's unless given. */
  dkim?: { domain?: string; selector: string; privateKey: string } | null
  /** Told how far a message has come, for whoever observes. */
  onStage?: ((stage: Stage) => void) | undefined
}

const DEFAULTS = { timeout: 20_000, connections: 3 }
/** After so many messages a connection is replaced. */
const MESSAGES_PER_CONNECTION = 100

/** Connecting, the greeting, EHLO, MAIL, RCPT, DATA, the message; and one on an older connection that turns out to be dead. */
const ANSWERS = 8
/** The handshake; and with STARTTLS the command before it and EHLO again after it. */
const TLS_ANSWERS = 1
const STARTTLS_ANSWERS = 3
const LOGIN_ANSWERS = 2
/** What is not waiting for the server: nodemailer's pause when a connection has closed, and this process being busy. */
const SLACK = 1_000

/** The longest it takes to send one message once it is its turn, in milliseconds: a claim on a mailing must outlive it. */
export const longestConversation = (url: string, timeout: number): number => deadlineOf(serverOf(url), timeout) + SLACK

const deadlineOf = ({ secure, requireTLS, auth }: Server, timeout: number): number =>
  timeout * (ANSWERS + (secure ? TLS_ANSWERS : requireTLS ? STARTTLS_ANSWERS : 0) + (auth ? LOGIN_ANSWERS : 0))

/**
 * A mailer that speaks SMTP; TLS is required unless the relay is on this machine. Throws a `FileError` when the key to
 * sign with is none.
 */
export function smtpMailer(url: string, settings: Partial<MailerSettings> = {}): Mailer {
  const { timeout, connections, dkim, onStage } = { ...DEFAULTS, ...settings }
  const signature = dkim ? signatureOf(dkim) : null
  const server = serverOf(url)
  const deadline = deadlineOf(server, timeout)
  const open = () => openLine(server, timeout, onStage)
  /** The line used last is on top, so that no more of them are open than are needed. */
  const free = Array.from({ length: connections }, open)
  const lines = new Set(free)
  const waiting: ((line: Line) => void)[] = []
  let closed = false

  const take = async () => free.pop() ?? (await new Promise<Line>((resolve) => waiting.push(resolve)))
  function giveBack(line: Line): void {
    const next = waiting.shift()
    if (next) next(line)
    else free.push(line)
  }
  function replace(line: Line): Line {
    if (closed) return line
    lines.delete(line)
    const other = open()
    lines.add(other)
    return other
  }
  async function carry(mail: Mail.Options): Promise<SendOutcome> {
    let line = await take()
    let isLate = false
    const end = setTimeout(() => {
      isLate = true
      line.stop()
    }, deadline)
    const attempt = async () => {
      const { outcome, left } = await line.carry(mail)
      if (left !== 'usable') line = replace(line)
      return { outcome, again: left === 'stale' && !isLate }
    }
    const first = await attempt()
    const { outcome } = first.again ? await attempt() : first
    clearTimeout(end)
    giveBack(line)
    return outcome
  }
  return {
    async send(message) {
      if (!isOneAddress(message.to)) return NOT_AN_ADDRESS
      const outcome = await carry(toNodemailer(message, signature))
      if (outcome.ok) onStage?.('taken')
      return outcome
    },
    close() {
      closed = true
      for (const line of lines) line.close()
    },
  }
}

type Server = {
  host: string
  port: number
  secure: boolean
  requireTLS: boolean
  ignoreTLS: boolean
  auth?: { user: string; pass: string }
}

function serverOf(url: string): Server {
  const { protocol, hostname, port, username, password } = new URL(url)
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  const secure = protocol === 'smtps:'
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (secure ? 465 : 587),
    secure,
    requireTLS: !loopback,
    ignoreTLS: loopback && !secure,
    ...(username && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  }
}

// ---------------------------------------------------------------- one connection

/** A connection, opened when it is first needed and kept, that carries one message at a time. */
type Line = {
  /**
   * Sends a message, and tells how it leaves the line: `usable`; `broken`, so that another must take its place; or
   * `stale`, which is broken too, but had been before it could begin with the message: that may go by another at once.
   */
  carry(mail: Mail.Options): Promise<{ outcome: SendOutcome; left: 'usable' | 'broken' | 'stale' }>
  /** Breaks off what it carries. */
  stop(): void
  /** Ends when nothing is on its way any more, and carries nothing from now on. */
  close(): void
}

/** How far the message on a line has come. */
type Passage = {
  stopping: AbortController
  patience: NodeJS.Timeout
  /** Whether the connection was opened for this message. */
  isFirst: boolean
  /** The server's answers to it so far: to MAIL, to RCPT, to DATA; null before it has begun. */
  answers: number | null
  bodySent: boolean
}

type Transport = { sendMail(mail: object): Promise<unknown>; close(options?: { force: boolean }): void }

function openLine(server: Server, timeout: number, onStage: MailerSettings['onStage']): Line {
  let passage: Passage | null = null

  // A server that drips bytes never lets a socket time out, and an error does not say how far a message had come. What
  // nodemailer tells its log does: each entry is a step of the conversation, and the next one has `timeout` to come.
  function hear({ tnx }: { tnx?: string }, text: unknown): void {
    if (!passage) return
    passage.patience.refresh()
    if (tnx === 'dns') passage.isFirst = true
    else if (tnx === 'send') {
      passage.answers = 0
      onStage?.('connected')
    } else if (tnx === 'server' && passage.answers !== null) {
      passage.answers++
      if (passage.answers === 2 && String(text).startsWith('2')) onStage?.('recipient taken')
    } else if (tnx === 'message') {
      passage.bodySent = true
      onStage?.('body sent')
    }
  }
  const transport = nodemailer.createTransport({
    ...server,
    pool: true,
    maxConnections: 1,
    maxMessages: MESSAGES_PER_CONNECTION,
    // Its own second try takes the first one's answers for those of the second.
    maxRequeues: 0,
    connectionTimeout: timeout * 3, // connecting, the handshake and the greeting together
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout / 2, // so that it is told from a server that does not answer
    // Otherwise the rest of a message would still go out after we have said that it did not.
    socketCloseTimeout: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: { trace: hear, debug: hear, info: hear, warn: hear, error: hear, fatal: hear },
    transactionLog: true,
    debug: false,
  } as Parameters<typeof nodemailer.createTransport>[0]) as unknown as Transport

  return {
    async carry(mail) {
      const stopping = new AbortController()
      const patience = setTimeout(() => stopping.abort(), timeout)
      const carried: Passage = { stopping, patience, isFirst: false, answers: null, bodySent: false }
      passage = carried
      try {
        await transport.sendMail({ ...mail, signal: stopping.signal })
        return { outcome: { ok: true }, left: 'usable' }
      } catch (thrown) {
        const failure = thrown as Failure
        const outcome = classify(failure, carried.bodySent)
        if (leavesUsable(failure, carried.bodySent)) return { outcome, left: 'usable' }
        transport.close({ force: true })
        return { outcome, left: isDown(outcome) && isStale(carried) ? 'stale' : 'broken' }
      } finally {
        clearTimeout(patience)
        passage = null
      }
    },
    stop: () => passage?.stopping.abort(),
    close: () => transport.close(),
  }
}

const isDown = (outcome: SendOutcome): boolean => !outcome.ok && outcome.because === 'down'

/** Whether a message went by an older connection and had not come as far as being asked for. */
const isStale = ({ isFirst, answers }: Passage): boolean => !isFirst && (answers ?? 0) < 3

// ---------------------------------------------------------------- what an error means

/** What nodemailer throws. */
type Failure = { code?: string; originalCode?: string; command?: string; response?: string; responseCode?: number }

/** What a line or a server does, and what we do when it takes too long. */
const CUT = ['ECONNECTION', 'ETIMEDOUT', 'EPROTOCOL', 'EABORT']
/** The same as the operating system and Node call it; any other trouble of a socket is with TLS. */
const CUT_SOCKET = [
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH'],
  ...['ENETDOWN', 'ERR_STREAM_WRITE_AFTER_END', 'ERR_STREAM_DESTROYED'],
]
/** A name, a certificate, a password or a permission; anything else is the trouble of the one message. */
const OURS = ['EDNS', 'ETLS', 'ESOCKET', 'EAUTH', 'ENOAUTH', 'EREQUIRETLS', 'ECONFIG', 'ERR_ACCESS_DENIED']

function classify(failure: Failure, bodySent: boolean): SendOutcome {
  const { code = 'unknown', originalCode, command = '' } = failure
  const answer = answerOf(failure)
  if (answer)
    return failed(becauseOf(command, answer), answer.status ? `${answer.code} ${answer.status}` : `${answer.code}`)
  const kind = code === 'EABORT' ? 'ETIMEDOUT' : (originalCode ?? code)
  if (bodySent) return failed('unknown', kind)
  if (code === 'ESOCKET' ? CUT_SOCKET.includes(kind) : CUT.includes(code)) return failed('down', kind)
  return failed(OURS.includes(code) ? 'ours' : 'later', kind)
}

type Because = Exclude<SendOutcome, { ok: true }>['because']
const failed = (because: Because, code: string): SendOutcome => ({ ok: false, because, code })

/** A refusal, with its enhanced status (RFC 3463) if it has one. */
type Answer = { code: number; status: string | undefined }

/** What the server answered, or null when it did not: the beginning of an answer before a close is none. */
function answerOf({ code, command, responseCode, response = '' }: Failure): Answer | null {
  if (!responseCode || responseCode < 400 || responseCode > 599) return null
  if (code === 'ECONNECTION' && command === 'CONN' && responseCode !== 421) return null
  // Not the first numbers of an address such as 5.1.1.9.
  const [status] =
    new RegExp(`(?<![\\w.])${String(responseCode)[0]}\\.\\d{1,3}\\.\\d{1,3}(?!\\.?\\w)`).exec(response) ?? []
  return { code: responseCode, status }
}

function becauseOf(command: string, { code, status = '' }: Answer): Because {
  if (code === 421) return 'down'
  const toRecipient = command === 'RCPT TO'
  const toMessage = toRecipient || command === 'DATA'
  if (code < 500) return toMessage || command === 'MAIL FROM' ? 'later' : 'down'
  if (!toMessage || status.startsWith('5.7.') || OUR_ADDRESS.includes(status)) return 'ours'
  if (status.startsWith('5.1.')) return 'refused'
  if (status.startsWith('5.2.')) return 'full'
  if (status === '' && code === 552) return 'full'
  if (status === '' && toRecipient && NO_SUCH_MAILBOX.includes(code)) return 'refused'
  // What is said of a recipient may be true of that one only; what is said of a message is true of its like.
  return toRecipient && !WANTS_LOGIN.includes(code) ? 'later' : 'ours'
}

/** The sender's address is not valid, or not one that mail is taken from. */
const OUR_ADDRESS = ['5.1.7', '5.1.8']
const NO_SUCH_MAILBOX = [550, 551, 553]
const WANTS_LOGIN = [530, 535]

/** Whether the server only refused this message, so that the connection is as good as before. */
function leavesUsable(failure: Failure, bodySent: boolean): boolean {
  const refused = failure.code === 'EENVELOPE' || (failure.code === 'EMESSAGE' && bodySent)
  const answer = answerOf(failure)
  return refused && answer !== null && answer.code !== 421
}

// ---------------------------------------------------------------- signing

/** List-Unsubscribe-Post must be signed to count (RFC 8058), and nodemailer's own choice leaves it out. */
const SIGNED_HEADERS = [
  ...['From', 'Sender', 'Reply-To', 'To', 'Cc', 'Subject', 'Date', 'Message-ID', 'MIME-Version', 'Content-Type'],
  ...['Content-Transfer-Encoding', 'List-Id', 'List-Unsubscribe', 'List-Unsubscribe-Post', 'Auto-Submitted'],
].join(':')

type Signature = { domain: string | undefined; selector: string; privateKey: KeyObject }

/** Checked here, because nodemailer sends unsigned what it cannot sign. */
function signatureOf({ domain, selector, privateKey }: NonNullable<MailerSettings['dkim']>): Signature {
  const key = readKey(privateKey)
  if (key?.asymmetricKeyType !== 'rsa' || key.asymmetricKeyDetails!.modulusLength! < SHORTEST_KEY)
    throw new FileError(`The DKIM key must be a private RSA key of at least ${SHORTEST_KEY} bits, in PEM.`)
  return { domain, selector, privateKey: key }
}

/** In bits (RFC 8301): receivers take no notice of a shorter one. */
const SHORTEST_KEY = 1024

function readKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem)
  } catch {
    return null
  }
}

// ---------------------------------------------------------------- a folder

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
const isOneAddress = (text: string): boolean => oneAddress.safeParse(text).success
const oneAddress = z.email()
const NOT_AN_ADDRESS: SendOutcome = { ok: false, because: 'refused', code: 'malformed address' }

/** The names of the messages in a mail folder, oldest first. */
export const mailFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /^\d{6}\.eml$/.test(name))
    .sort()

// ---------------------------------------------------------------- the message

/** The same message has the same bytes each time it is tried, signature and all: DKIM is given no time. */
function toNodemailer(message: Message, signature: Signature | null = null): Mail.Options {
  const { messageId, date, from, replyTo, to, subject, text, html, headers, returnPath } = message
  return {
    messageId,
    date: toDate(date),
    from,
    replyTo,
    to: { name: '', address: to },
    envelope: { from: returnPath ?? from.address, to: [to] },
    subject,
    text,
    html,
    // As nodemailer chooses for French, without counting the letters of each text to find out.
    textEncoding: 'quoted-printable',
    headers,
    baseBoundary: sha256Hex(messageId).slice(0, 16),
    ...(signature && {
      dkim: {
        domainName: signature.domain ?? from.address.split('@')[1],
        keySelector: signature.selector,
        privateKey: signature.privateKey,
        headerFieldNames: SIGNED_HEADERS,
      },
    }),
    disableFileAccess: true,
    disableUrlAccess: true,
  } as Mail.Options
}
