import { nsa, type Found, type ResourceCheck } from '../check.ts';

const isTrue = (value: string): boolean => value === 'true';
const isGiven = (value: string): boolean => value !== '';

/** The parameter of each provisioner that turns encryption on, or names the key. Others encrypt by themselves, or are not known here. */
const encryption: Readonly<Record<string, readonly [string, (value: string) => boolean]>> = {
  'ebs.csi.aws.com': ['encrypted', isTrue],
  'kubernetes.io/aws-ebs': ['encrypted', isTrue],
  'disk.csi.azure.com': ['diskEncryptionSetID', isGiven],
  'pd.csi.storage.gke.io': ['disk-encryption-kms-key', isGiven],
};

export const w07: ResourceCheck = {
  id: 'W07',
  of: 'resource',
  kinds: ['StorageClass'],
  title: 'Volumes that are not encrypted',
  severity: 'medium',
  why: 'Who gets hold of a disk or a snapshot of it reads what is on it.',
  fix: 'Set the encryption parameter of the provisioner.',
  references: [nsa('Protecting sensitive data')],
  example: {
    bad: 'kind: StorageClass\nprovisioner: ebs.csi.aws.com\n',
    good: 'kind: StorageClass\nprovisioner: ebs.csi.aws.com\nparameters: {encrypted: "true"}\n',
  },
  find: ({ field }): readonly Found[] => {
    const provisioner = field.at('provisioner').text ?? '';
    const [name, isRight] = encryption[provisioner] ?? [];
    if (name === undefined || isRight === undefined) return [];
    const parameter = field.at('parameters', name);
    return isRight(parameter.isTrue ? 'true' : (parameter.text ?? ''))
      ? []
      : [
          {
            path: parameter.path,
            message: `parameters.${name} of ${provisioner} does not turn encryption on.`,
          },
        ];
  },
};
