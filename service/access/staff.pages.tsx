// The shell of the staff's pages: where one is, where one may go, and the way out.
import type { Child, FC } from 'hono/jsx'
import { type Bilingual, LANGUAGES, type Words, wordsIn } from '../platform/i18n.ts'
import { LANGUAGE_NAMES, Page } from '../platform/page.tsx'
import { knows, may, type Permission } from './roles.ts'
import type { SignedIn } from './sign-in.actions.ts'

/** The programme a page is about. */
export type InProgramme = { programme: string; name: Bilingual }

export const programmeAddress = (programme: string, rest = ''): string =>
  `/staff/programmes/${encodeURIComponent(programme)}${rest}`

type StaffPageProps = {
  visitor: SignedIn
  title: string
  programme?: InProgramme | undefined
  /** Whether the page has something that a script makes a little easier. */
  script?: boolean
  children?: Child
}

/** A page of the staff, with the ways on that its reader has. */
export const StaffPage: FC<StaffPageProps> = ({ visitor, title, programme, script = false, children }) => {
  const { language } = visitor
  return (
    <Page
      language={language}
      title={programme ? `${title} – ${programme.name[language]}` : title}
      look="console"
      script={script}
      bar={<Bar visitor={visitor} programme={programme} />}
    >
      <h1>{title}</h1>
      {children}
    </Page>
  )
}

type Way = { href: string; label: string; takes: Permission }

const Bar: FC<{ visitor: SignedIn; programme: InProgramme | undefined }> = ({ visitor, programme }) => {
  const t = wordsIn(visitor.language)
  const open = ({ takes }: Way, inProgramme?: string) => may(visitor.grants, takes, inProgramme)
  const whole = waysOfTheWhole(t).filter((way) => open(way))
  const inside = programme
    ? waysInProgramme(t, programme.programme).filter((way) => open(way, programme.programme))
    : []
  return (
    <>
      <nav class="ways" aria-label={t('staff.ways')}>
        <Ways ways={[{ href: '/staff', label: t('staff.home') }, ...whole]} at={visitor.at} />
      </nav>
      <div class="person">
        <span class="muted">{visitor.email}</span>
        <form method="post" action="/staff/language">
          {LANGUAGES.filter((language) => language !== visitor.language).map((language) => (
            <button class="link" type="submit" name="language" value={language} lang={language}>
              {LANGUAGE_NAMES[language]}
            </button>
          ))}
        </form>
        <form method="post" action="/staff/sign-out">
          <button class="link" type="submit">
            {t('staff.signOut')}
          </button>
        </form>
      </div>
      {programme && inside.length > 0 && (
        <nav class="ways inside" aria-label={programme.name[visitor.language]}>
          <Ways
            ways={[{ href: programmeAddress(programme.programme), label: programme.name[visitor.language] }, ...inside]}
            at={visitor.at}
          />
        </nav>
      )}
    </>
  )
}

const Ways: FC<{ ways: readonly Pick<Way, 'href' | 'label'>[]; at: string }> = ({ ways, at }) =>
  ways.map(({ href, label }) => (
    <a href={href} aria-current={href === at ? 'page' : undefined}>
      {label}
    </a>
  ))

const waysOfTheWhole = (t: Words): Way[] => [
  { href: '/staff/mail', label: t('staff.mail'), takes: 'send-mail' },
  { href: '/staff/people', label: t('staff.people'), takes: 'manage-staff' },
  { href: '/staff/journal', label: t('staff.journal'), takes: 'read-journal' },
]

const waysInProgramme = (t: Words, programme: string): Way[] => {
  const to = (rest: string) => programmeAddress(programme, rest)
  return [
    { href: to('/waves'), label: t('staff.waves'), takes: 'see-fieldwork' },
    { href: to('/mails'), label: t('staff.mails'), takes: 'see-fieldwork' },
    { href: to('/members'), label: t('impact.column.volunteers'), takes: 'read-identity' },
    { href: to('/register'), label: t('staff.register'), takes: 'edit-members' },
    { href: to('/lost'), label: t('staff.lost'), takes: 'read-identity' },
    { href: to('/texts'), label: t('staff.texts'), takes: 'see-fieldwork' },
    { href: to('/instruments'), label: t('staff.instruments'), takes: 'see-instruments' },
  ]
}

/** The programmes somebody has a role in. */
export const programmesFor = <One extends InProgramme>({ grants }: SignedIn, programmes: readonly One[]): One[] =>
  programmes.filter(({ programme }) => knows(grants, programme))

/** Signed in, and not allowed: says so, and nothing of what is behind. */
export const NotAllowedPage: FC<{ visitor: SignedIn }> = ({ visitor }) => {
  const t = wordsIn(visitor.language)
  return (
    <StaffPage visitor={visitor} title={t('staff.notAllowed.title')}>
      <p>{t('staff.notAllowed.text')}</p>
    </StaffPage>
  )
}
