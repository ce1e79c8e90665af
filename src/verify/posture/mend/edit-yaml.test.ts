import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { editYaml, type TextPatch } from './edit-yaml.ts';

const escalation: TextPatch = {
  document: 0,
  set: ['spec', 'containers', 0, 'securityContext', 'allowPrivilegeEscalation'],
  value: false,
};
const seccomp: TextPatch = {
  document: 0,
  set: ['spec', 'containers', 0, 'securityContext', 'seccompProfile', 'type'],
  value: 'RuntimeDefault',
};

function edited(text: string, ...patches: TextPatch[]): string {
  const result = editYaml(text, patches);
  assert.deepEqual(result.left, []);
  assert.deepEqual(new Set(result.applied), new Set(patches));
  return result.text;
}

function leftAlone(text: string, ...patches: TextPatch[]): string[] {
  const result = editYaml(text, patches);
  assert.equal(result.text, text);
  return result.left.map(({ reason }) => reason);
}

describe('editing YAML in place', () => {
  it('keeps comments, order, quotes and blank lines', () => {
    const text = `# top
spec:
  containers:
    # the one
    - name: 'api'   # its name

      image: "x"
      args:
        - |
          a
          b
  # behind
  other: 1   # last
`;
    assert.equal(
      edited(text, escalation),
      text.replace(
        '          b\n',
        '          b\n      securityContext:\n        allowPrivilegeEscalation: false\n',
      ),
    );
  });

  it('puts two members into a mapping that neither finds there', () => {
    assert.equal(
      edited('spec:\n  containers:\n  - name: api\n', escalation, seccomp),
      'spec:\n  containers:\n  - name: api\n    securityContext:\n      allowPrivilegeEscalation: false\n      seccompProfile:\n        type: RuntimeDefault\n',
    );
  });

  it('replaces a value and leaves the comment behind it', () => {
    const text =
      'spec:\n  containers:\n  - securityContext:\n      allowPrivilegeEscalation: yes   # why not\n      x: 1\n';
    assert.equal(edited(text, escalation), text.replace('yes', 'false'));
  });

  it('fills a member that is empty, null or an empty mapping', () => {
    const head = 'spec:\n  containers:\n  - name: api\n    securityContext:';
    const filled = `${head} {allowPrivilegeEscalation: false}`;
    assert.equal(edited(`${head}\n    image: x\n`, escalation), `${filled}\n    image: x\n`);
    assert.equal(edited(`${head} # none\n    image: x\n`, escalation), `${filled} # none\n    image: x\n`);
    assert.equal(edited(`${head} null\n`, escalation), `${filled}\n`);
    assert.equal(edited(`${head} {}\n`, escalation), `${filled}\n`);
  });

  it('edits flow mappings, also over several lines', () => {
    assert.equal(
      edited('spec: {containers: [{name: api}]}\n', escalation),
      'spec: {containers: [{name: api, securityContext: {allowPrivilegeEscalation: false}}]}\n',
    );
    assert.equal(
      edited(
        'spec:\n  containers: [\n    {\n      name: api, # it\n      image: x,\n    }\n  ]\n',
        escalation,
      ),
      'spec:\n  containers: [\n    {\n      name: api, # it\n      image: x,\n      securityContext: {allowPrivilegeEscalation: false},\n    }\n  ]\n',
    );
  });

  it('leaves JSON as JSON', () => {
    const text = JSON.stringify(
      { spec: { containers: [{ name: 'api', securityContext: {} }] } },
      undefined,
      2,
    );
    for (const before of [text, JSON.stringify(JSON.parse(text))]) {
      const after = JSON.parse(edited(before, escalation, seccomp)) as unknown;
      assert.deepEqual(after, {
        spec: {
          containers: [
            {
              name: 'api',
              securityContext: {
                allowPrivilegeEscalation: false,
                seccompProfile: { type: 'RuntimeDefault' },
              },
            },
          ],
        },
      });
    }
  });

  it('writes the line ends of the file, and none where it ends without', () => {
    assert.equal(
      edited('spec:\r\n  containers:\r\n  - name: api\r\n', escalation),
      'spec:\r\n  containers:\r\n  - name: api\r\n    securityContext:\r\n      allowPrivilegeEscalation: false\r\n',
    );
    assert.equal(
      edited('spec:\n  containers:\n  - name: api', escalation),
      'spec:\n  containers:\n  - name: api\n    securityContext:\n      allowPrivilegeEscalation: false',
    );
  });

  it('edits the document it is told to, with empty ones counted', () => {
    const text = '---\n---\na: 1\n---\nspec:\n  containers:\n  - name: api\n---\nb: 1\n';
    assert.equal(
      edited(text, { ...escalation, document: 2 }),
      text.replace('name: api\n', 'name: api\n    securityContext:\n      allowPrivilegeEscalation: false\n'),
    );
  });

  it('leaves what an anchor, an alias or a merge shares', () => {
    for (const text of [
      'x: &c {a: 1}\nspec:\n  containers:\n  - securityContext: *c\n',
      'spec:\n  containers:\n  - securityContext: &c {a: 1}\nx: *c\n',
      'x: &c {securityContext: {a: 1}}\nspec:\n  containers:\n  - <<: *c\n',
      'spec:\n  containers:\n  - securityContext:\n      allowPrivilegeEscalation: &c true\nx: *c\n',
    ]) {
      const [reason = ''] = leftAlone(text, escalation);
      assert.match(reason, /share/);
    }
  });

  it('leaves what has no place for the value', () => {
    assert.equal(leftAlone('spec:\n  containers:\n  - securityContext: none\n', escalation).length, 1);
    assert.equal(leftAlone('spec: 1\n', escalation).length, 1);
    assert.equal(leftAlone('a: 1\n', { ...escalation, document: 7 }).length, 1);
  });
});
