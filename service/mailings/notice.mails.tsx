// The mail that tells a programme's staff that e-mail is on hold: in both languages, because a team's address speaks both.
import type { Programme } from '../panel/frame.ts'
import { LANGUAGES, type Language, type WordKey, wordsIn } from '../platform/i18n.ts'
import { type PlainMail, plainMail } from '../platform/plain-mail.tsx'

export type NoticeProps = { scope: string; cause: string; programme: Programme }

export function noticeMail(props: NoticeProps): PlainMail {
  const said = LANGUAGES.map((language) => ({ language, lines: linesOf(language, props) }))
  const body = said.map(({ language, lines }) => (
    <div lang={language}>
      {lines.map((line) => (
        <p>{line}</p>
      ))}
    </div>
  ))
  const [first, ...others] = said.map(({ lines }) => lines)
  const paragraphs = [...first!, ...others.flatMap((lines) => ['--', ...lines])]
  return plainMail('fr', { subject: wordsIn('fr')('notice.subject'), body, paragraphs })
}

function linesOf(language: Language, { scope, cause, programme }: NoticeProps): string[] {
  const t = wordsIn(language)
  const [kind = 'everything', name = ''] = scope.split(' ')
  return [
    t('notice.text', { programme: programme.name[language], cause: t(`brake.${cause}` as WordKey) }),
    t(`notice.scope.${kind}` as WordKey, { wave: name.split('/')[1] ?? '' }),
    t('notice.how', { release: kind === 'wave' ? `resume ${name}` : kind === 'environment' ? 'confirm' : 'go' }),
  ]
}
