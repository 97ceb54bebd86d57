// Where staff arrive: what waits for a person, then the programmes.
import type { FC } from 'hono/jsx'
import { may } from '../access/roles.ts'
import type { SignedIn } from '../access/sign-in.actions.ts'
import { type InProgramme, programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import { type WordKey, type Words, wordsIn } from '../platform/i18n.ts'
import { WideTable } from '../platform/page.tsx'
import { placeOf, type Task } from './attention.ts'
import type { Tasks } from './read-tasks.actions.ts'

/** One thing that waits, in words. */
export function sayTask(t: Words, { task, count, cause, wave = '' }: Task): string {
  if (task !== 'held') return t(count === 1 ? `task.${task}.one` : `task.${task}`, { count })
  return t(wave ? 'task.held.wave' : 'task.held', { cause: t(`brake.${cause}` as WordKey), wave })
}

/** What somebody may see to, each with a way there. */
export const TaskList: FC<{ visitor: SignedIn; tasks: readonly Task[]; programmes: readonly InProgramme[] }> = ({
  visitor,
  tasks,
  programmes,
}) => {
  const t = wordsIn(visitor.language)
  const own = tasks.filter(({ takes, programme }) => may(visitor.grants, takes, programme ?? undefined))
  const nameOf = (task: Task) =>
    programmes.find(({ programme }) => programme === task.programme)?.name[visitor.language]
  return own.length === 0 ? (
    <p class="notice">{t('home.nothing')}</p>
  ) : (
    <ul class="tasks">
      {own.map((task) => (
        <li>
          <a href={placeOf(task)}>{[nameOf(task), sayTask(t, task)].filter(Boolean).join(' – ')}</a>
        </li>
      ))}
    </ul>
  )
}

export const HomePage: FC<{ visitor: SignedIn; programmes: readonly InProgramme[] } & Tasks> = ({
  visitor,
  programmes,
  tasks,
  waiting,
}) => {
  const t = wordsIn(visitor.language)
  const countOf = (programme: string) => waiting.find((one) => one.programme === programme)?.members ?? 0
  return (
    <StaffPage visitor={visitor} title={t('staff.home')}>
      <h2>{t('home.tasks')}</h2>
      <TaskList visitor={visitor} tasks={tasks} programmes={programmes} />
      <h2>{t('home.programmes')}</h2>
      {programmes.length === 0 ? (
        <p>{t('home.noProgramme')}</p>
      ) : (
        <WideTable label={t('home.programmes')}>
          <table>
            <caption>{t('home.caption')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('home.programme')}</th>
                <th scope="col" class="number">
                  {t('home.members')}
                </th>
              </tr>
            </thead>
            <tbody>
              {programmes.map(({ programme, name }) => (
                <tr>
                  <th scope="row">
                    <a href={programmeAddress(programme)}>{name[visitor.language]}</a>
                  </th>
                  <td class="number">{countOf(programme)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </WideTable>
      )}
      {may(visitor.grants, 'manage-programmes') && (
        <p>
          <a class="button" href="/staff/new-programme">
            {t('programme.new')}
          </a>
        </p>
      )}
      <p>
        <a href="/impact">{t('home.published')}</a>
      </p>
    </StaffPage>
  )
}
