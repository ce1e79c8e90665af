import type { Detector, Place, Span, Wait } from '../detector.ts';

/** A word of a document's number: weak by itself, so that only a context word makes it one. */
function findNumberedWord({ text, wordStart, wordEnd, end }: Place, shape: RegExp): Span | Wait | undefined {
  const span = shape.test(text.slice(wordStart, wordEnd)) ? { start: wordStart, end: wordEnd } : undefined;
  return wordEnd >= end ? { waitFrom: wordStart, span } : span;
}

const documentWord = { length: [5, 16], letters: [0, 5] } as const;

/** Formats of the passports of the G20 and their neighbours: six to nine digits, with up to two letters in front, or mixed (Germany). */
const passportShape =
  /^(?:[A-Z]{0,2}\d{6,9}|\d{2}[A-Z]{2}\d{5}|[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8,9})$/;

export const passport: Detector = {
  name: 'passport',
  title: 'Passport number',
  family: 'identity',
  class: 'restricted',
  examples: ['passport number C01X00T47', 'passport 533380006'],
  context: [
    'passport',
    'passport no',
    'passport number',
    'passeport',
    'reisepass',
    'passnummer',
    'pasaporte',
    'passaporto',
    'passaporte',
    'paszport',
    'paspoort',
    'passi',
    '护照',
    'パスポート',
    '旅券',
    '여권',
  ],
  rules: [
    {
      kind: 'wake',
      wake: 'digits',
      word: documentWord,
      confidence: { near: 0.8 },
      find: (place) => findNumberedWord(place, passportShape),
    },
  ],
};

const licenceShape = /^(?:[A-Z]{0,3}\d{5,14}|[A-Z]\d{2}[A-Z]\d{8}|[A-Z0-9]{11})$/;

export const drivingLicence: Detector = {
  name: 'driving-licence',
  title: 'Driving licence number',
  family: 'identity',
  class: 'restricted',
  examples: ['driver license D1234562', 'Führerschein B072RRE2I55'],
  context: [
    'driver license',
    'drivers license',
    "driver's license",
    'driving license',
    'driving licence',
    'driver licence',
    'drivers licence',
    "driver's licence",
    'dl number',
    'dl no',
    'dl#',
    'führerschein',
    'führerscheinnummer',
    'permis de conduire',
    'permiso de conducir',
    'carnet de conducir',
    'patente di guida',
    'carta de condução',
    'prawo jazdy',
    'rijbewijs',
    'körkort',
    'ajokortti',
    'cnh',
    '駕照',
    '运転免許',
    '運転免許',
    '운전면허',
  ],
  rules: [
    {
      kind: 'wake',
      wake: 'digits',
      word: documentWord,
      confidence: { near: 0.75 },
      find: (place) => findNumberedWord(place, licenceShape),
    },
  ],
};
