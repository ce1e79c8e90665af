import { type AzureCheck, cisAzure } from '../check.ts';
import type { Setting } from '../../azure/setting.ts';
import { demand, isFalse, isTrue } from './demand.ts';

const isModern = (version: Setting): boolean => version.is('TLS1_2', 'TLS1_3', '1.2', '1.3');
/** Of a part its name may stand behind that of the server. */
const isAbout = (name: Setting, sought: string): boolean =>
  (name.undecided?.text ?? name.text ?? '').split('/').at(-1)?.toLowerCase() === sought;

export const a21: AzureCheck = {
  id: 'A21',
  of: 'azure',
  title: 'Data may travel without TLS 1.2',
  severity: 'high',
  why: 'Whoever is on the way reads and changes what passes.',
  fix: 'Allow TLS alone, of version 1.2 at least.',
  references: [cisAzure('4.1'), cisAzure('4.15'), cisAzure('5.2.1')],
  example: {
    bad: 'resource "azurerm_storage_account" "data" {\n  https_traffic_only_enabled = false\n}\n',
    good: 'resource "azurerm_storage_account" "data" {\n  https_traffic_only_enabled = true\n  min_tls_version            = "TLS1_2"\n}\n',
  },
  find: (deployment) => [
    ...deployment.all('storage').flatMap((storage) => [
      ...demand(storage, { setting: 'httpsOnly', isRight: isTrue, message: 'Plain HTTP is allowed.' }),
      ...demand(storage, {
        setting: 'minimumTls',
        isRight: isModern,
        message: 'Versions of TLS before 1.2 are allowed.',
      }),
    ]),
    ...deployment.all('redis').flatMap((redis) => [
      ...demand(redis, {
        setting: 'plainPort',
        isRight: isFalse,
        message: 'The port without TLS is open.',
      }),
      ...demand(redis, {
        setting: 'minimumTls',
        isRight: isModern,
        message: 'Versions of TLS before 1.2 are allowed.',
      }),
    ]),
    ...deployment
      .all('postgresConfiguration')
      .filter((one) => isAbout(one.get('name'), 'require_secure_transport'))
      .flatMap((one) =>
        demand(one, {
          setting: 'value',
          isRight: (value) => value.is('on', 'true', '1'),
          message: 'Connections without TLS are allowed.',
        }),
      ),
  ],
};
