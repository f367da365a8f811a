// Copied into generated/validators.js, which imports nothing: hence plain JavaScript.

const mostErrors = 20;

/** Code points, as JSON Schema counts a string's length. */
export function lengthOf(text) {
  let length = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    const isPair =
      (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
    if (isPair) {
      length--;
      at++;
    }
  }
  return length;
}

const dateTime =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const firstInstant = Date.parse("0001-01-01T00:00:00.000Z");
const lastInstant = Date.parse("9999-12-31T23:59:59.999Z");

/** RFC 3339, a day of the calendar, and an instant that every database can store. */
function isDateTime(text) {
  const match = dateTime.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1, 4).map(Number);
  const daysInMonth = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth) return false;
  const instant = Date.parse(text);
  return instant >= firstInstant && instant <= lastInstant;
}

export const formats = { "date-time": isDateTime };

/** Keeps of a fault what may be shown: where it is and what the schema says. At most 20. */
export function guard(validate) {
  function check(data) {
    const isValid = validate(data);
    check.errors = isValid ? null : validate.errors.slice(0, mostErrors).map(shown);
    return isValid;
  }
  check.errors = null;
  return check;
}

function shown({ instancePath, message, keyword, params }) {
  if (keyword !== "enum") return { instancePath, message };
  return { instancePath, message: `must be one of ${params.allowedValues.join(", ")}` };
}
