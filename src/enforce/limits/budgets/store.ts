import type { Transaction } from 'kysely';
import type { BudgetAlertsTable, Database } from '../../../store/index.ts';

/** Whether this alert is the first of its kind; an alert that was given stays given, whatever is restarted. */
export async function insertAlert(
  transaction: Transaction<Database>,
  alert: Readonly<BudgetAlertsTable>,
): Promise<boolean> {
  const inserted = await transaction
    .insertInto('budget_alerts')
    .values(alert)
    .onConflict((conflict) => conflict.doNothing())
    .returning('scope')
    .executeTakeFirst();
  return inserted !== undefined;
}

/** Alerts of windows that are long over. */
export async function dropAlertsBefore(
  transaction: Transaction<Database>,
  windowStart: number,
): Promise<void> {
  await transaction.deleteFrom('budget_alerts').where('window_start', '<', windowStart).execute();
}
