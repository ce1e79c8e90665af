// Parsed by whatever Node there is, so nothing newer than ECMAScript 5.
'use strict';

var required = 24;
var present = Number(process.versions.node.split('.')[0]);

if (present < required) {
  console.error(
    'Surety needs Node.js ' +
      required +
      ' or newer and found ' +
      process.versions.node +
      '; run "npm ci" in the folder of Surety, which brings the right one.',
  );
  process.exit(2);
}
