// The mail that tells a programme's staff that e-mail is on hold: in both languages, because a team's address speaks both.
import type { Programme } from '../panel/frame.ts'
import { LANGUAGES, type Language, type WordKey, wordsIn } from '../platform/i18n.ts'

export type NoticeProps = { scope: string; cause: string; programme: Programme }

export function noticeMail(props: NoticeProps): { subject: string; text: string; html: string } {
  const said = LANGUAGES.map((language) => ({ language, lines: linesOf(language, props) }))
  const page = (
    <html lang="fr">
      <head>
        <meta charset="utf-8" />
        <meta name="color-scheme" content="light dark" />
        <title>{wordsIn('fr')('notice.subject')}</title>
      </head>
      <body>
        {said.map(({ language, lines }) => (
          <div lang={language}>
            {lines.map((line) => (
              <p>{line}</p>
            ))}
          </div>
        ))}
      </body>
    </html>
  )
  return {
    subject: wordsIn('fr')('notice.subject'),
    text: `${said.map(({ lines }) => lines.join('\n\n')).join('\n\n--\n\n')}\n`,
    html: `<!doctype html>${page.toString()}`,
  }
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
