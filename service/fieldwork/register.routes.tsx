// A register in the browser: sent in, looked at, imported, or thrown away.
import type { Context } from 'hono'
import { programmeOf, type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { actorOf } from '../access/sign-in.actions.ts'
import { programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import { refusedFile } from '../panel/register.ts'
import { deleteUpload, findUpload, listUploads } from '../panel/uploads.queries.ts'
import { fail, readForm, sendCsv } from '../platform/http.tsx'
import { wordsIn } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import { sendProgress } from '../platform/progress.tsx'
import type { Deps } from '../waves/deps.ts'
import { RegisterDone, RegisterLookPage, RegisterPage, registerAddress } from './register.pages.tsx'
import { keepRegister, lookAtRegister, takeRegister } from './take-register.actions.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const LONGEST_NAME = 120

export function registerRoutes(deps: Deps) {
  const { db, log } = deps
  const { routes, get, post } = staffRouter(deps)

  get('/staff/programmes/:programme/register', 'edit-members', async (c) =>
    sendPage(c, <RegisterPage {...shell(c)} waiting={await listUploads(db, programmeOf(deps, c).programme)} />),
  )

  post('/staff/programmes/:programme/register/send', 'edit-members', async (c) => {
    const { programme } = programmeOf(deps, c)
    const file = await fileIn(c)
    if (!file || file.size === 0) {
      const waiting = await listUploads(db, programme)
      return sendPage(c, <RegisterPage {...shell(c)} waiting={waiting} problem="no file" />, 422)
    }
    const id = await keepRegister(deps, {
      programme,
      name: nameOf(file),
      content: await file.bytes(),
      actor: actorOf(visitorOf(c)),
    })
    return c.redirect(registerAddress(programme, `/${id}`), 303)
  })

  get('/staff/programmes/:programme/register/:upload', 'edit-members', async (c) => {
    const upload = await uploadOf(c)
    if (!upload) return fail(c, 404, visitorOf(c).language)
    return sendPage(c, <RegisterLookPage {...shell(c)} upload={upload} {...(await look(c, upload))} />)
  })

  post('/staff/programmes/:programme/register/:upload/import', 'edit-members', async (c) => {
    const upload = await uploadOf(c)
    if (!upload) return fail(c, 404, visitorOf(c).language)
    const { visitor, programme } = shell(c)
    const t = wordsIn(visitor.language)
    const confirm = (await readForm(c))?.get('confirm')?.[0]
    const page = {
      log,
      language: visitor.language,
      shell: (content: Parameters<typeof StaffPage>[0]['children']) => (
        <StaffPage visitor={visitor} programme={programme} title={t('register.doing.title')}>
          {content}
        </StaffPage>
      ),
    }
    return sendProgress(c, page, async (say) => {
      const outcome = await takeRegister(deps, {
        programme: programme.programme,
        id: upload.id,
        bytes: upload.content,
        confirm,
        actor: actorOf(visitor),
        say: (doing, done, total) => say(t(`register.doing.${doing}`, { done, total })),
      })
      return <RegisterDone visitor={visitor} programme={programme} upload={upload.id} outcome={outcome} />
    })
  })

  get('/staff/programmes/:programme/register/:upload/refused.csv', 'edit-members', async (c) => {
    const upload = await uploadOf(c)
    const looked = upload && (await look(c, upload))
    if (!looked?.expected.ok) return fail(c, 404, visitorOf(c).language)
    const t = wordsIn(visitorOf(c).language)
    const { header, refused } = looked.expected
    return sendCsv(
      c,
      'refused',
      refusedFile(header, refused, (reason) => t(`import.${reason}`)),
    )
  })

  post('/staff/programmes/:programme/register/:upload/drop', 'edit-members', async (c) => {
    const upload = await uploadOf(c)
    if (!upload) return fail(c, 404, visitorOf(c).language)
    await deleteUpload(db, upload.id)
    return c.redirect(programmeAddress(programmeOf(deps, c).programme, '/register'), 303)
  })

  const shell = (c: Context<StaffWeb>) => ({ visitor: visitorOf(c), programme: programmeOf(deps, c) })

  async function uploadOf(c: Context<StaffWeb>) {
    const id = c.req.param('upload') ?? ''
    return UUID.test(id) ? findUpload(db, { programme: programmeOf(deps, c).programme, id }) : undefined
  }

  const look = (c: Context<StaffWeb>, { content: bytes }: { content: Uint8Array }) =>
    lookAtRegister(deps, { programme: programmeOf(deps, c).programme, bytes, actor: actorOf(visitorOf(c)) })

  return routes
}

/** The file of a form; undefined when it has none, or is no form at all. */
async function fileIn(c: Context): Promise<File | undefined> {
  const body = await c.req.parseBody().catch((error: unknown) => {
    if (error instanceof TypeError) return undefined
    throw error
  })
  const file = body?.file
  return file instanceof File ? file : undefined
}

/** A file's name as it can be shown and stored. */
const nameOf = ({ name }: File): string =>
  name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, '')
    .slice(0, LONGEST_NAME) || '–'
