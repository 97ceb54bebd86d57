// What tests of bounces share: reports as the usual mail systems write them, and somebody who has been written to.
import type { Insertable } from 'kysely'
import type { Schema } from '../platform/schema.ts'
import { rowId } from '../platform/secrets.ts'
import { openTestPlatform, type TestPlatform } from '../platform/testing.ts'
import { addressHash, returnPath } from '../platform/tokens.ts'

export const BOUNCES = 'bounces@retour.example'
export const SECRET = new Uint8Array(32).fill(9)
/** In the middle of everybody's wave. */
export const NOW = '2026-10-20T12:00:00Z'

/** The platform as production has it where reports are taken. */
export async function openBouncePlatform(engine: Parameters<typeof openTestPlatform>[0]): Promise<TestPlatform> {
  const platform = await openTestPlatform(engine, NOW)
  const mail = { ...platform.config.mail, bounceAddress: BOUNCES, bounceSecret: SECRET }
  platform.config = { ...platform.config, mail }
  return platform
}

// ---------------------------------------------------------------- people

let people = 0

type Row<Table extends keyof Schema> = Partial<Insertable<Schema[Table]>>
type Told = {
  member?: Row<'identity.panel_member'>
  case?: Row<'fieldwork.case'>
  mailing?: Row<'fieldwork.mailing'>
  programme?: string
}

export type Somebody = Awaited<ReturnType<typeof somebody>>

/** A member with two addresses, one wave open and one to come, who was sent the invitation to the open one yesterday. */
export async function somebody(platform: TestPlatform, told: Told = {}) {
  const { db, clock, config } = platform
  const now = clock.now()
  const number = ++people
  const matricule = `M-${String(number).padStart(5, '0')}`
  const [memberId, cohortId, caseId, laterCaseId] = [rowId(), rowId(), rowId(), rowId()]
  const programme = told.programme ?? 'tevo'
  const email = told.member?.email === undefined ? `first.${number}@example.org` : told.member.email
  const second = `second.${number}@example.net`
  await db
    .insertInto('fieldwork.programme')
    .values({ slug: programme, configuration: {} })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await db.insertInto('fieldwork.cohort').values({ id: cohortId, programme, slug: matricule.toLowerCase() }).execute()
  await db
    .insertInto('identity.panel_member')
    .values({
      ...{ id: memberId, programme, matricule, given_name: 'Ana', family_name: 'Ndiaye', phone: null },
      ...{ email, email_secondary: second, language: 'fr', time_zone: 'Africa/Dakar' },
      ...{ opted_out_at: null, created_at: now.subtract({ hours: 24 * 100 }) },
      ...told.member,
    })
    .execute()
  await db
    .insertInto('fieldwork.mission')
    .values({
      ...{ member_id: memberId, cohort_id: cohortId, dispositif: 'SCI', direction: 'ENVOI', gender: 'F' },
      ...{ birth_year: 2001, authority: 'Ville', authority_siren: '212345678', authority_type: 'COMMUNE' },
      ...{ authority_first_time: 'INTL', operator_code: 'FV', operator: '=Opérateur; un', country_mission: 'SN' },
      ...{ country_origin: 'FR', cicid: null, departed_on: day('2026-01-15'), planned_return_on: day('2026-09-15') },
      ...{ returned_on: day('2026-09-15'), plan_stale: false },
    })
    .execute()
  const period = { opens_on: day('2026-10-15'), closes_on: day('2026-11-26') }
  const base = { member_id: memberId, cohort_id: cohortId, planned_at: now, because: null, started_on: null }
  await db
    .insertInto('fieldwork.case')
    .values([
      {
        ...{ ...base, ...period, id: caseId, wave: 'w1', submitted_on: null },
        ...{ opens_at: now.subtract({ hours: 24 * 5 }), closes_at: now.add({ hours: 24 * 30 }) },
        next_contact_at: now.add({ hours: 48 }),
        ...told.case,
      },
      {
        ...{ ...base, ...period, id: laterCaseId, wave: 'w2', submitted_on: null },
        ...{ opens_at: now.add({ hours: 24 * 150 }), closes_at: now.add({ hours: 24 * 190 }) },
        next_contact_at: now.add({ hours: 24 * 150 }),
      },
    ])
    .execute()
  const hash = (address: string) => addressHash(config.keys.link, address)
  /** One more mailing to the member; what is not said of it is as of the invitation. */
  const mail = async (row: Row<'fieldwork.mailing'> = {}) => {
    const id = rowId()
    const sentAt = now.subtract({ hours: 24 })
    await db
      .insertInto('fieldwork.mailing')
      .values({
        ...{ id, occasion: `case:${id}`, kind: 'invitation', number: 1, member_id: memberId, case_id: caseId },
        ...{ scope: `${programme}/w1`, due_at: sentAt, next_attempt_at: null, attempts: 1, claim: null },
        ...{ claimed_until: null, sent_at: sentAt, sent_to: email === null ? null : hash(email), because: null },
        ...row,
      })
      .execute()
    return { id, path: returnPath(config.keys.link, BOUNCES, id) }
  }
  const invitation = await mail(told.mailing)
  return {
    ...{ memberId, matricule, caseId, laterCaseId, email: email ?? '', second, hash, mail, invitation },
    /** Which addresses have failed, where each case stands, and what is still owed. */
    async state() {
      const member = await db
        .selectFrom('identity.panel_member')
        .where('id', '=', memberId)
        .select(['email_failed_at', 'email_secondary_failed_at', 'opted_out_at'])
        .executeTakeFirstOrThrow()
      const cases = await db
        .selectFrom('fieldwork.case')
        .where('member_id', '=', memberId)
        .orderBy('wave')
        .select(['because', 'next_contact_at'])
        .execute()
      const owed = await db
        .selectFrom('fieldwork.mailing')
        .where('member_id', '=', memberId)
        .where('next_attempt_at', 'is not', null)
        .select('id')
        .execute()
      return {
        failed: [member.email_failed_at !== null, member.email_secondary_failed_at !== null],
        optedOut: member.opted_out_at !== null,
        cases: cases.map(({ because, next_contact_at }) => because ?? (next_contact_at ? 'goes on' : 'nothing')),
        owed: owed.map(({ id }) => id),
      }
    },
    bounces: () =>
      db
        .selectFrom('fieldwork.bounce as bounce')
        .innerJoin('fieldwork.mailing as mailing', 'mailing.id', 'bounce.mailing_id')
        .where('mailing.member_id', '=', memberId)
        .orderBy('bounce.id')
        .select(['bounce.kind', 'bounce.status', 'bounce.source'])
        .execute(),
    events: () =>
      db
        .selectFrom('audit.event')
        .where('subject', '=', memberId)
        .orderBy('id')
        .select(['actor', 'action', 'detail'])
        .execute(),
  }
}

const day = (text: string) => Temporal.PlainDate.from(text)

/** What a sender does with a mailing that is owed: it has gone to an address. */
export async function sendAgain({ db, clock }: TestPlatform, id: string, to: Uint8Array): Promise<void> {
  await db
    .updateTable('fieldwork.mailing')
    .set({ sent_at: clock.now(), sent_to: to, next_attempt_at: null })
    .where('id', '=', id)
    .execute()
}

// ---------------------------------------------------------------- reports

/** Lines as they stand in a mail. */
export const mailOf = (text: string): Uint8Array => new TextEncoder().encode(text.replace(/\r?\n/g, '\r\n'))

export type Addresses = { path: string; to: string }

/** The least a report can be: an answer of the server, or only a status. */
export const reportOf = (
  { path, to }: Addresses,
  { status = '5.1.1', action = 'failed', diagnostic = '', head = 'Return-Path: <>', more = '' } = {},
): Uint8Array =>
  mailOf(`${head}
From: MAILER-DAEMON@mx.example.org
To: ${path}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; ${to}
Action: ${action}
Status: ${status}
${diagnostic ? `Diagnostic-Code: ${diagnostic}\n` : ''}
${more}
--b1--
`)

/** A machine of another kind answers. */
export const replyOf = ({ path }: Addresses, header: string, returned = '<>'): Uint8Array =>
  mailOf(`Return-Path: ${returned}
From: Ana <ana@example.org>
To: ${path}
Subject: =?UTF-8?Q?R=C3=A9ponse_automatique?=
${header}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Je suis absente jusqu'au 3 novembre. 550 5.1.1 user unknown.
`)

/** A complaint as providers forward it (RFC 5965), with what of the original they let through. */
export const complaintOf = (
  to: string,
  { type = 'abuse', mailFrom = '', enclosed = '', head = 'Return-Path: <feedback@arf.example.com>' } = {},
): Uint8Array =>
  mailOf(`${head}
From: "Feedback Loop" <feedback@arf.example.com>
To: ${to}
Subject: FW: Votre avis
MIME-Version: 1.0
Content-Type: multipart/report; boundary="part1_13d.2e68ed54_boundary";
 report-type="feedback-report"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for a message received from IP 192.0.2.1.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: ${type}
User-Agent: SomeGenerator/1.0
Version: 1
${mailFrom ? `Original-Mail-From: <${mailFrom}>\n` : ''}Received-Date: Thu, 15 Oct 2026 14:00:00 EDT
Source-IP: 192.0.2.1

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

${enclosed}From: Retour <retour@example.org>
Received: from mail.example.org (mail.example.org [192.0.2.1])
 by mx.example.com with ESMTP id M63d4137594e46
Subject: Votre avis
To: <redacted>
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain

Bonjour
--inner--

--part1_13d.2e68ed54_boundary--
`)

type Sample = { system: string; kind: string; status: string; written: (addresses: Addresses) => Uint8Array }

/** Reports in the manner of the systems that send most of them, in the languages our volunteers' providers speak. */
export const SAMPLES: readonly Sample[] = [
  {
    system: 'Postfix, which was told there is nobody',
    kind: 'hard',
    status: '5.1.1',
    written: ({ path, to }) =>
      mailOf(`Return-Path: <MAILER-DAEMON>
X-Original-To: ${path}
Delivered-To: ${path}
Received: by mail.retour.example (Postfix)
	id 4XbT9k2Q3Jz; Thu, 15 Oct 2026 12:00:04 +0200 (CEST)
Date: Thu, 15 Oct 2026 12:00:04 +0200 (CEST)
From: MAILER-DAEMON@mail.retour.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: ${path}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4XbT9k1y7Pz.1792058404/mail.retour.example"
Content-Transfer-Encoding: 8bit
Message-Id: <4XbT9k2Q3Jz@mail.retour.example>

This is a MIME-encapsulated message.

--4XbT9k1y7Pz.1792058404/mail.retour.example
Content-Description: Notification
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This is the mail system at host mail.retour.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<${to}>: host mx.example.org[192.0.2.7] said: 550 5.1.1
    <${to}>: Recipient address rejected: User unknown in virtual
    mailbox table (in reply to RCPT TO command)

--4XbT9k1y7Pz.1792058404/mail.retour.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.retour.example
X-Postfix-Queue-ID: 4XbT9k1y7Pz
X-Postfix-Sender: rfc822; ${path}
Arrival-Date: Thu, 15 Oct 2026 12:00:03 +0200 (CEST)

Final-Recipient: rfc822; ${to}
Original-Recipient: rfc822;${to}
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 <${to}>: Recipient address
    rejected: User unknown in virtual mailbox table

--4XbT9k1y7Pz.1792058404/mail.retour.example
Content-Description: Undelivered Message
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit

Return-Path: <${path}>
Message-ID: <x.invitation.1@retour.example>
Auto-Submitted: auto-generated
Subject: Votre avis
To: ${to}
Content-Type: multipart/report; boundary="4XbT9k1y7Pz.inner"

Bonjour
--4XbT9k1y7Pz.1792058404/mail.retour.example--
`),
  },
  {
    system: 'Postfix for an address in other letters (RFC 6533)',
    kind: 'hard',
    status: '5.1.2',
    written: ({ path }) =>
      mailOf(`Return-Path: <>
To: ${path}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=global-delivery-status; boundary=u8

--u8
Content-Type: text/plain; charset=utf-8

Désolé.
--u8
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: 8bit

Reporting-MTA: dns; mail.retour.example

Final-Recipient: utf-8; zoé@exämple.org
Action: failed
Status: 5.1.2
--u8
Content-Type: message/global-headers

Return-Path: <${path}>
--u8--
`),
  },
  {
    system: 'Postfix, which has not given up',
    kind: 'delayed',
    status: '',
    written: (addresses) =>
      reportOf(addresses, {
        action: 'delayed',
        status: '4.4.1',
        diagnostic: 'X-Postfix; connect to mx.example.org[192.0.2.7]:25: Connection timed out',
        more: 'Will-Retry-Until: Tue, 20 Oct 2026 12:00:03 +0200 (CEST)\n',
      }),
  },
  {
    system: 'Postfix, which has given up after five days',
    kind: 'soft',
    status: '4.4.1',
    written: (addresses) =>
      reportOf(addresses, {
        status: '4.4.1',
        diagnostic: 'X-Postfix; connect to mx.example.org[192.0.2.7]:25: Connection timed out',
      }),
  },
  {
    system: 'Exim, which says only that it is for good, and the other server that there is nobody',
    kind: 'hard',
    status: '5.0.0',
    written: ({ path, to }) =>
      mailOf(`Return-path: <>
Envelope-to: ${path}
Delivery-date: Thu, 15 Oct 2026 12:00:05 +0200
Received: from Debian-exim by smtp.example.fr with local (Exim 4.96)
	id 1u5xYz-0003aB-1q
	for ${path};
	Thu, 15 Oct 2026 12:00:05 +0200
X-Failed-Recipients: ${to}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@smtp.example.fr>
To: ${path}
References: <x.invitation.1@retour.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=1792058405-eximdsn-1804289383
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1792058405-eximdsn-1804289383
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ${to}
    host mx.example.org [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<${to}>:
    550 No such user here

--1792058405-eximdsn-1804289383
Content-type: message/delivery-status

Reporting-MTA: dns; smtp.example.fr

Action: failed
Final-Recipient: rfc822;${to}
Status: 5.0.0
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 No such user here

--1792058405-eximdsn-1804289383
Content-type: text/rfc822-headers

Return-path: <${path}>
Subject: Votre avis

--1792058405-eximdsn-1804289383--
`),
  },
  {
    system: 'Exim, where the other server tells its status in its words',
    kind: 'policy',
    status: '5.7.1',
    written: (addresses) =>
      reportOf(addresses, {
        status: '5.0.0',
        diagnostic: 'smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
      }),
  },
  {
    system: 'Exchange, in French',
    kind: 'hard',
    status: '5.1.10',
    written: ({ path, to }) =>
      mailOf(`Return-Path: <>
From: <postmaster@example.onmicrosoft.com>
To: <${path.toUpperCase()}>
Date: Thu, 15 Oct 2026 10:00:06 +0000
Content-Type: multipart/report; report-type=delivery-status;
	boundary="f5a3c1d2-0b67-4c7d-9a4e-000000000001"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: fr-FR
Auto-Submitted: auto-replied
Subject: =?utf-8?B?Non-remise=C2=A0:_Votre_avis?=
MIME-Version: 1.0

--f5a3c1d2-0b67-4c7d-9a4e-000000000001
Content-Type: multipart/alternative; differences=Content-Type;
	boundary="6b1f7b0c-0000-4f4c-8888-000000000002"

--6b1f7b0c-0000-4f4c-8888-000000000002
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

Echec de la remise de votre message =C3=A0 : ${to}. Le message n=E2=80=99a p=
as pu =C3=AAtre remis. L=E2=80=99adresse de courrier est introuvable.

--6b1f7b0c-0000-4f4c-8888-000000000002
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: base64

PGh0bWw+PGJvZHk+UmVtaXNlIGltcG9zc2libGU8L2JvZHk+PC9odG1sPg==

--6b1f7b0c-0000-4f4c-8888-000000000002--

--f5a3c1d2-0b67-4c7d-9a4e-000000000001
Content-Type: message/delivery-status

Reporting-MTA: dns;PR0P264MB0001.FRAP264.PROD.OUTLOOK.COM
Received-From-MTA: dns;mail.retour.example
Arrival-Date: Thu, 15 Oct 2026 10:00:05 +0000

Original-Recipient: rfc822;${to}
Final-Recipient: rfc822;${to}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${to} not
 found by SMTP address lookup
X-Display-Name: Ana Ndiaye

--f5a3c1d2-0b67-4c7d-9a4e-000000000001
Content-Type: message/rfc822

Return-Path: ${path}
Subject: Votre avis

Bonjour
--f5a3c1d2-0b67-4c7d-9a4e-000000000001--
`),
  },
  {
    system: 'Gmail, in French',
    kind: 'hard',
    status: '5.1.1',
    written: ({ path, to }) =>
      mailOf(`Return-Path: <>
Received: from mail-wr1-f70.google.com by mail.retour.example
Authentication-Results: mail.retour.example; dkim=pass header.d=googlemail.com
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: ${path}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: <x.invitation.1@retour.example>
In-Reply-To: <x.invitation.1@retour.example>
X-Failed-Recipients: ${to}
Message-ID: <670d.050a.GMR@mx.google.com>
Date: Thu, 15 Oct 2026 03:00:06 -0700 (PDT)
MIME-Version: 1.0
Content-Type: multipart/report; boundary="0000000000002fd1b406247a0b5e"; report-type=delivery-status

--0000000000002fd1b406247a0b5e
Content-Type: multipart/related; boundary="0000000000002fdd9f06247a0b62"

--0000000000002fdd9f06247a0b62
Content-Type: multipart/alternative; boundary="0000000000002fddad06247a0b63"

--0000000000002fddad06247a0b63
Content-Type: text/plain; charset="UTF-8"
Content-Transfer-Encoding: quoted-printable


** Adresse introuvable **

Votre message n'a pas =C3=A9t=C3=A9 remis =C3=A0 ${to}, car l'adresse est int=
rouvable ou ne peut pas recevoir de messages.

--0000000000002fddad06247a0b63
Content-Type: text/html; charset="UTF-8"

<html><body>Adresse introuvable</body></html>
--0000000000002fddad06247a0b63--
--0000000000002fdd9f06247a0b62
Content-Type: image/png; name="icon.png"
Content-Disposition: attachment; filename="icon.png"
Content-Transfer-Encoding: base64
Content-ID: <icon.png>

iVBORw0KGgo=
--0000000000002fdd9f06247a0b62--
--0000000000002fd1b406247a0b5e
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; ${path}
Arrival-Date: Thu, 15 Oct 2026 03:00:05 -0700 (PDT)
X-Original-Message-ID: <x.invitation.1@retour.example>

Final-Recipient: rfc822; ${to}
Action: failed
Status: 5.1.1
Remote-MTA: dns; gmail-smtp-in.l.google.com. (142.250.110.26, the server for
 the domain gmail.com.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos or
 550 5.1.1 unnecessary spaces. For more information, go to https://support.google.com/mail/?p=NoSuchUser
Last-Attempt-Date: Thu, 15 Oct 2026 03:00:06 -0700 (PDT)

--0000000000002fd1b406247a0b5e
Content-Type: message/rfc822

Return-Path: <${path}>
Subject: Votre avis

--0000000000002fd1b406247a0b5e--
`),
  },
  {
    system: 'Gmail, whose reader has no room left',
    kind: 'full',
    status: '5.2.2',
    written: (addresses) =>
      reportOf(addresses, {
        status: '5.2.2',
        diagnostic: `smtp; 552-5.2.2 The recipient's inbox is out of storage space and inactive. Please direct the
 552-5.2.2 recipient to https://support.google.com/mail/?p=OverQuotaPerm`,
      }),
  },
  {
    system: 'Orange, in French, in base64 with names in capitals',
    kind: 'full',
    status: '5.0.0',
    written: ({ path, to }) =>
      mailOf(`RETURN-PATH: <>
TO: <${path}>
MIME-VERSION: 1.0
CONTENT-TYPE: MULTIPART/REPORT; BOUNDARY=zz; REPORT-TYPE=DELIVERY-STATUS

--zz
CONTENT-TYPE: TEXT/PLAIN

La boite est pleine.
--zz
CONTENT-TYPE: MESSAGE/DELIVERY-STATUS
CONTENT-TRANSFER-ENCODING: BASE64

${Buffer.from(
  `REPORTING-MTA: DNS; opmta1mti01nd1

FINAL-RECIPIENT: RFC822;${to}
ACTION: FAILED
STATUS: 5.0.0
DIAGNOSTIC-CODE: SMTP; 552 boîte aux lettres pleine
`,
).toString('base64')}
--zz--
`),
  },
  {
    system: 'sendmail, which forwarded the mail to several, one of whom has it',
    kind: 'delivered',
    status: '',
    written: (addresses) =>
      reportOf(addresses, {
        more: `Final-Recipient: RFC822; forwarded@example.com
Action: relayed (to non-DSN-aware mailer)
Status: 2.6.0
`,
      }),
  },
  {
    system: 'sendmail, which forwarded the mail to several, none of whom has it',
    kind: 'soft',
    status: '4.2.1',
    written: (addresses) =>
      reportOf(addresses, {
        more: `Final-Recipient: RFC822; forwarded@example.com
Action: failed
Status: 4.2.1 (mailbox busy)
`,
      }),
  },
  {
    system: 'a server that does not like our address',
    kind: 'policy',
    status: '5.1.8',
    written: (addresses) => reportOf(addresses, { status: '5.1.8', diagnostic: 'smtp; 553 5.1.8 Bad sender' }),
  },
  {
    system: 'a server that refuses for a reason of its own',
    kind: 'other',
    status: '5.6.0',
    written: (addresses) => reportOf(addresses, { status: '5.06.00', diagnostic: 'smtp; 554 5.6.0 Malformed' }),
  },
]
