// Generated from api/ by scripts/generate.ts. Do not edit.

// Copied into generated/validators.js, which imports nothing: hence plain JavaScript.

const mostErrors = 20;

/** Code points, as JSON Schema counts a string's length. */
function lengthOf(text) {
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

const formats = { "date-time": isDateTime };

/** Keeps of a fault what may be shown: where it is and what the schema says. At most 20. */
function guard(validate) {
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

const hub = {};
((exports) => {
"use strict";
exports.RequestId = validate20;
const schema31 = {"$id":"RequestId","$ref":"contract#/$defs/RequestId"};
const schema33 = {"description":"The portal's own name for its request, 1 to 128 visible ASCII characters.","type":"string","minLength":1,"maxLength":128,"pattern":"^[!-~]*$","x-personal-data":true};
const func1 = lengthOf;
const pattern4 = new RegExp("^[!-~]*$", "u");

function validate20(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="RequestId" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate20.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data === "string"){
if(func1(data) > 128){
const err0 = {instancePath,schemaPath:"contract#/$defs/RequestId/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(func1(data) < 1){
const err1 = {instancePath,schemaPath:"contract#/$defs/RequestId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern4.test(data)){
const err2 = {instancePath,schemaPath:"contract#/$defs/RequestId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath,schemaPath:"contract#/$defs/RequestId/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
validate20.errors = vErrors;
return errors === 0;
}
validate20.evaluated = {"dynamicProps":false,"dynamicItems":false};

exports.DeleteRequest = validate22;
const schema34 = {"$id":"DeleteRequest","$ref":"contract#/$defs/DeleteRequest"};
const schema35 = {"description":"The categories to delete. An absent or empty list is answered with `category_missing`, a category that is not\nconfigured with `category_unknown`.\n","type":"object","additionalProperties":false,"properties":{"id":{"description":"Ids of categories. Order and repetition mean nothing.","type":"array","maxItems":100,"items":{"$ref":"#/$defs/CategoryId"}}}};
const schema36 = {"description":"The stable id of a category. 1 to 64 visible ASCII characters.","type":"string","minLength":1,"maxLength":64,"pattern":"^[!-~]*$"};

function validate23(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate23.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
for(const key0 in data){
if(!(key0 === "id")){
const err0 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
if(data.id !== undefined){
let data0 = data.id;
if(Array.isArray(data0)){
if(data0.length > 100){
const err1 = {instancePath:instancePath+"/id",schemaPath:"#/properties/id/maxItems",keyword:"maxItems",params:{limit: 100},message:"must NOT have more than 100 items"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
let data1 = data0[i0];
if(typeof data1 === "string"){
if(func1(data1) > 64){
const err2 = {instancePath:instancePath+"/id/" + i0,schemaPath:"#/$defs/CategoryId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(func1(data1) < 1){
const err3 = {instancePath:instancePath+"/id/" + i0,schemaPath:"#/$defs/CategoryId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!pattern4.test(data1)){
const err4 = {instancePath:instancePath+"/id/" + i0,schemaPath:"#/$defs/CategoryId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/id/" + i0,schemaPath:"#/$defs/CategoryId/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
else {
const err6 = {instancePath:instancePath+"/id",schemaPath:"#/properties/id/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
else {
const err7 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
validate23.errors = vErrors;
return errors === 0;
}
validate23.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate22(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="DeleteRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate22.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate23(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate23.errors : vErrors.concat(validate23.errors);
errors = vErrors.length;
}
validate22.errors = vErrors;
return errors === 0;
}
validate22.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

exports.YandexUid = validate25;
const schema37 = {"$id":"YandexUid","$ref":"contract#/$defs/YandexUid"};
const schema38 = {"description":"The user's uid, a decimal number in a string.","type":"string","pattern":"^[1-9][0-9]{0,31}$","x-personal-data":true};
const pattern6 = new RegExp("^[1-9][0-9]{0,31}$", "u");

function validate25(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="YandexUid" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate25.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data === "string"){
if(!pattern6.test(data)){
const err0 = {instancePath,schemaPath:"contract#/$defs/YandexUid/pattern",keyword:"pattern",params:{pattern: "^[1-9][0-9]{0,31}$"},message:"must match pattern \""+"^[1-9][0-9]{0,31}$"+"\""};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
else {
const err1 = {instancePath,schemaPath:"contract#/$defs/YandexUid/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
validate25.errors = vErrors;
return errors === 0;
}
validate25.evaluated = {"dynamicProps":false,"dynamicItems":false};

exports.JobId = validate26;
const schema39 = {"$id":"JobId","$ref":"contract#/$defs/JobId"};
const schema40 = {"description":"The id of an export, a UUID made by the hub. Only its length and alphabet are checked.","type":"string","minLength":1,"maxLength":64,"pattern":"^[!-~]*$"};

function validate26(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="JobId" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate26.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data === "string"){
if(func1(data) > 64){
const err0 = {instancePath,schemaPath:"contract#/$defs/JobId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(func1(data) < 1){
const err1 = {instancePath,schemaPath:"contract#/$defs/JobId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern4.test(data)){
const err2 = {instancePath,schemaPath:"contract#/$defs/JobId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath,schemaPath:"contract#/$defs/JobId/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
validate26.errors = vErrors;
return errors === 0;
}
validate26.evaluated = {"dynamicProps":false,"dynamicItems":false};

exports.DownloadExportRequest = validate27;
const schema41 = {"$id":"DownloadExportRequest","$ref":"contract#/$defs/DownloadExportRequest"};
const schema42 = {"type":"object","additionalProperties":false,"required":["job_id"],"properties":{"job_id":{"$ref":"#/$defs/JobId","description":"The export, as `submit` named it. Any other text is answered with `job_not_found`."}}};

function validate28(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate28.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.job_id === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "job_id"},message:"must have required property '"+"job_id"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(key0 === "job_id")){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.job_id !== undefined){
let data0 = data.job_id;
if(typeof data0 === "string"){
if(func1(data0) > 64){
const err2 = {instancePath:instancePath+"/job_id",schemaPath:"#/$defs/JobId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(func1(data0) < 1){
const err3 = {instancePath:instancePath+"/job_id",schemaPath:"#/$defs/JobId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!pattern4.test(data0)){
const err4 = {instancePath:instancePath+"/job_id",schemaPath:"#/$defs/JobId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/job_id",schemaPath:"#/$defs/JobId/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
else {
const err6 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
validate28.errors = vErrors;
return errors === 0;
}
validate28.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate27(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="DownloadExportRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate27.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate28(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate28.errors : vErrors.concat(validate28.errors);
errors = vErrors.length;
}
validate27.errors = vErrors;
return errors === 0;
}
validate27.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

exports.SetDataStatusRequest = validate30;
const schema44 = {"$id":"SetDataStatusRequest","$ref":"contract#/$defs/SetDataStatusRequest"};
const schema45 = {"type":"object","additionalProperties":false,"required":["yandex_uid","category_id","state","service"],"properties":{"yandex_uid":{"$ref":"#/$defs/YandexUid"},"category_id":{"$ref":"#/$defs/CategoryId"},"state":{"description":"Whether the service's share is deleted.","type":"string","enum":["deleted","delete_failed"]},"service":{"$ref":"#/$defs/ServiceName","description":"The reporting service. Must be the caller's own name."},"deletion_id":{"$ref":"#/$defs/DeletionId","description":"Echoed from the call. Any but that of the newest deletion with a part for this user, category and service\nis refused with `stale_deletion`.\n"},"attempt":{"$ref":"#/$defs/Attempt","description":"Echoed from the call. A failure of an older attempt is acknowledged and ignored."},"outcome":{"$ref":"#/$defs/Outcome","description":"With `deleted`, what became of the data. Absent means `erased`."},"retained_until":{"$ref":"#/$defs/DateTime","description":"With `retained` or `anonymized`, until when."},"reason":{"$ref":"#/$defs/Reason","description":"With `retained` or `anonymized`, the legal ground as a code."},"error":{"$ref":"#/$defs/ReportedError"},"retriable":{"description":"With `delete_failed`, whether calling again may help. Absent means true.","type":"boolean"},"completed_at":{"$ref":"#/$defs/DateTime","description":"When the service finished."},"from":{"$ref":"#/$defs/DateTime","description":"The beginning of the interval that was really cleaned."},"to":{"$ref":"#/$defs/DateTime","description":"The end of the interval that was really cleaned."}}};
const schema48 = {"description":"The name of a connected service, as configured: 1 to 64 letters, digits, `.`, `_` or `-`, beginning with a letter\nor digit, not digits alone.\n","type":"string","minLength":1,"maxLength":64,"pattern":"^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"};
const schema49 = {"description":"The id of a deletion, a UUID made by the hub. Only its length and alphabet are checked, so that a foreign id\nis answered with `stale_deletion` rather than `bad_request`.\n","type":"string","minLength":1,"maxLength":64,"pattern":"^[!-~]*$"};
const schema50 = {"description":"The number of the call to the service within the deletion. Grows with each call.","type":"integer","minimum":0,"maximum":2147483647};
const schema51 = {"description":"What became of the data. `erased`: deleted. `anonymized`: kept without a link to the user. `retained`: kept\nbecause the law demands it. `nothing_found`: there was none.\n","type":"string","enum":["erased","anonymized","retained","nothing_found"]};
const schema52 = {"description":"An instant, RFC 3339, with any offset. It must exist in the calendar and lie in the years 1 to 9999 of UTC;\nleap seconds are not taken.\n","type":"string","format":"date-time","maxLength":64};
const schema53 = {"description":"Why, as a short code such as `tax_law`, `debt`, `152-FZ` or `6(1)(c)`: at most 64 characters of ASCII letters and\ndigits, `_`, `.`, `:`, `-`, `/`, `(`, `)` and `§`, with a letter among them, which begins with a letter, a digit, `(`\nor `§`. Anything else, and whatever bears the user's uid, is shown as `unspecified`.\n","type":"string","minLength":1,"maxLength":256,"pattern":"^[^\\u0000]*$"};
const schema54 = {"description":"What went wrong.","type":"object","additionalProperties":false,"required":["code"],"properties":{"code":{"description":"A short code. 1 to 64 visible ASCII characters.","type":"string","minLength":1,"maxLength":64,"pattern":"^[!-~]*$"},"message":{"description":"For operators. Should not name a person.","type":"string","maxLength":4096,"pattern":"^[^\\u0000]*$","x-personal-data":true}}};
const func9 = Object.prototype.hasOwnProperty;
const pattern11 = new RegExp("^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$", "u");
const pattern13 = new RegExp("^[^\\u0000]*$", "u");
const formats0 = formats["date-time"];

function validate31(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate31.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.yandex_uid === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "yandex_uid"},message:"must have required property '"+"yandex_uid"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.category_id === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "category_id"},message:"must have required property '"+"category_id"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.state === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "state"},message:"must have required property '"+"state"+"'"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.service === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "service"},message:"must have required property '"+"service"+"'"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
for(const key0 in data){
if(!(func9.call(schema45.properties, key0))){
const err4 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.yandex_uid !== undefined){
let data0 = data.yandex_uid;
if(typeof data0 === "string"){
if(!pattern6.test(data0)){
const err5 = {instancePath:instancePath+"/yandex_uid",schemaPath:"#/$defs/YandexUid/pattern",keyword:"pattern",params:{pattern: "^[1-9][0-9]{0,31}$"},message:"must match pattern \""+"^[1-9][0-9]{0,31}$"+"\""};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
else {
const err6 = {instancePath:instancePath+"/yandex_uid",schemaPath:"#/$defs/YandexUid/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.category_id !== undefined){
let data1 = data.category_id;
if(typeof data1 === "string"){
if(func1(data1) > 64){
const err7 = {instancePath:instancePath+"/category_id",schemaPath:"#/$defs/CategoryId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(func1(data1) < 1){
const err8 = {instancePath:instancePath+"/category_id",schemaPath:"#/$defs/CategoryId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(!pattern4.test(data1)){
const err9 = {instancePath:instancePath+"/category_id",schemaPath:"#/$defs/CategoryId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
else {
const err10 = {instancePath:instancePath+"/category_id",schemaPath:"#/$defs/CategoryId/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.state !== undefined){
let data2 = data.state;
if(typeof data2 !== "string"){
const err11 = {instancePath:instancePath+"/state",schemaPath:"#/properties/state/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(!((data2 === "deleted") || (data2 === "delete_failed"))){
const err12 = {instancePath:instancePath+"/state",schemaPath:"#/properties/state/enum",keyword:"enum",params:{allowedValues: schema45.properties.state.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.service !== undefined){
let data3 = data.service;
if(typeof data3 === "string"){
if(func1(data3) > 64){
const err13 = {instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(func1(data3) < 1){
const err14 = {instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if(!pattern11.test(data3)){
const err15 = {instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/pattern",keyword:"pattern",params:{pattern: "^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"},message:"must match pattern \""+"^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"+"\""};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
else {
const err16 = {instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data.deletion_id !== undefined){
let data4 = data.deletion_id;
if(typeof data4 === "string"){
if(func1(data4) > 64){
const err17 = {instancePath:instancePath+"/deletion_id",schemaPath:"#/$defs/DeletionId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
if(func1(data4) < 1){
const err18 = {instancePath:instancePath+"/deletion_id",schemaPath:"#/$defs/DeletionId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
if(!pattern4.test(data4)){
const err19 = {instancePath:instancePath+"/deletion_id",schemaPath:"#/$defs/DeletionId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
else {
const err20 = {instancePath:instancePath+"/deletion_id",schemaPath:"#/$defs/DeletionId/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data.attempt !== undefined){
let data5 = data.attempt;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
const err21 = {instancePath:instancePath+"/attempt",schemaPath:"#/$defs/Attempt/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 2147483647 || isNaN(data5)){
const err22 = {instancePath:instancePath+"/attempt",schemaPath:"#/$defs/Attempt/maximum",keyword:"maximum",params:{comparison: "<=", limit: 2147483647},message:"must be <= 2147483647"};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
if(data5 < 0 || isNaN(data5)){
const err23 = {instancePath:instancePath+"/attempt",schemaPath:"#/$defs/Attempt/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
}
if(data.outcome !== undefined){
let data6 = data.outcome;
if(typeof data6 !== "string"){
const err24 = {instancePath:instancePath+"/outcome",schemaPath:"#/$defs/Outcome/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
if(!((((data6 === "erased") || (data6 === "anonymized")) || (data6 === "retained")) || (data6 === "nothing_found"))){
const err25 = {instancePath:instancePath+"/outcome",schemaPath:"#/$defs/Outcome/enum",keyword:"enum",params:{allowedValues: schema51.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data.retained_until !== undefined){
let data7 = data.retained_until;
if(typeof data7 === "string"){
if(func1(data7) > 64){
const err26 = {instancePath:instancePath+"/retained_until",schemaPath:"#/$defs/DateTime/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
if(!(formats0(data7))){
const err27 = {instancePath:instancePath+"/retained_until",schemaPath:"#/$defs/DateTime/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
else {
const err28 = {instancePath:instancePath+"/retained_until",schemaPath:"#/$defs/DateTime/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
if(data.reason !== undefined){
let data8 = data.reason;
if(typeof data8 === "string"){
if(func1(data8) > 256){
const err29 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
if(func1(data8) < 1){
const err30 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
if(!pattern13.test(data8)){
const err31 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
else {
const err32 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
if(data.error !== undefined){
let data9 = data.error;
if(data9 && typeof data9 == "object" && !Array.isArray(data9)){
if(data9.code === undefined){
const err33 = {instancePath:instancePath+"/error",schemaPath:"#/$defs/ReportedError/required",keyword:"required",params:{missingProperty: "code"},message:"must have required property '"+"code"+"'"};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
for(const key1 in data9){
if(!((key1 === "code") || (key1 === "message"))){
const err34 = {instancePath:instancePath+"/error",schemaPath:"#/$defs/ReportedError/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
if(data9.code !== undefined){
let data10 = data9.code;
if(typeof data10 === "string"){
if(func1(data10) > 64){
const err35 = {instancePath:instancePath+"/error/code",schemaPath:"#/$defs/ReportedError/properties/code/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
if(func1(data10) < 1){
const err36 = {instancePath:instancePath+"/error/code",schemaPath:"#/$defs/ReportedError/properties/code/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
if(!pattern4.test(data10)){
const err37 = {instancePath:instancePath+"/error/code",schemaPath:"#/$defs/ReportedError/properties/code/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
}
else {
const err38 = {instancePath:instancePath+"/error/code",schemaPath:"#/$defs/ReportedError/properties/code/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
if(data9.message !== undefined){
let data11 = data9.message;
if(typeof data11 === "string"){
if(func1(data11) > 4096){
const err39 = {instancePath:instancePath+"/error/message",schemaPath:"#/$defs/ReportedError/properties/message/maxLength",keyword:"maxLength",params:{limit: 4096},message:"must NOT have more than 4096 characters"};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
if(!pattern13.test(data11)){
const err40 = {instancePath:instancePath+"/error/message",schemaPath:"#/$defs/ReportedError/properties/message/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
else {
const err41 = {instancePath:instancePath+"/error/message",schemaPath:"#/$defs/ReportedError/properties/message/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
}
}
else {
const err42 = {instancePath:instancePath+"/error",schemaPath:"#/$defs/ReportedError/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
}
if(data.retriable !== undefined){
if(typeof data.retriable !== "boolean"){
const err43 = {instancePath:instancePath+"/retriable",schemaPath:"#/properties/retriable/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
}
if(data.completed_at !== undefined){
let data13 = data.completed_at;
if(typeof data13 === "string"){
if(func1(data13) > 64){
const err44 = {instancePath:instancePath+"/completed_at",schemaPath:"#/$defs/DateTime/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
if(!(formats0(data13))){
const err45 = {instancePath:instancePath+"/completed_at",schemaPath:"#/$defs/DateTime/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
}
else {
const err46 = {instancePath:instancePath+"/completed_at",schemaPath:"#/$defs/DateTime/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
}
if(data.from !== undefined){
let data14 = data.from;
if(typeof data14 === "string"){
if(func1(data14) > 64){
const err47 = {instancePath:instancePath+"/from",schemaPath:"#/$defs/DateTime/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
if(!(formats0(data14))){
const err48 = {instancePath:instancePath+"/from",schemaPath:"#/$defs/DateTime/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
}
else {
const err49 = {instancePath:instancePath+"/from",schemaPath:"#/$defs/DateTime/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
if(data.to !== undefined){
let data15 = data.to;
if(typeof data15 === "string"){
if(func1(data15) > 64){
const err50 = {instancePath:instancePath+"/to",schemaPath:"#/$defs/DateTime/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
if(!(formats0(data15))){
const err51 = {instancePath:instancePath+"/to",schemaPath:"#/$defs/DateTime/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
}
else {
const err52 = {instancePath:instancePath+"/to",schemaPath:"#/$defs/DateTime/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
}
else {
const err53 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
validate31.errors = vErrors;
return errors === 0;
}
validate31.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate30(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="SetDataStatusRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate30.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate31(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate31.errors : vErrors.concat(validate31.errors);
errors = vErrors.length;
}
validate30.errors = vErrors;
return errors === 0;
}
validate30.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

exports.SetExportStatusRequest = validate33;
const schema58 = {"$id":"SetExportStatusRequest","$ref":"contract#/$defs/SetExportStatusRequest"};
const schema59 = {"type":"object","additionalProperties":false,"required":["yandex_uid","job_id","service","state"],"properties":{"yandex_uid":{"$ref":"#/$defs/YandexUid","description":"The user, as the call named them in `report_uid`; any of their uids will do."},"job_id":{"$ref":"#/$defs/JobId","description":"Echoed from the call."},"service":{"$ref":"#/$defs/ServiceName","description":"The reporting service. Must be the caller's own name."},"state":{"description":"Whether all files are there, there is nothing to export, or it failed.","type":"string","enum":["exported","no_data","export_failed"]},"files":{"description":"With `exported`, files that must be there; the report is refused with `file_missing` if one is not. Absent\nmeans that nothing is checked. Whatever was uploaded belongs to the export, named here or not.\n","type":"array","maxItems":1000,"items":{"$ref":"#/$defs/ReportedFile"}},"error":{"$ref":"#/$defs/ReportedError"},"retriable":{"description":"With `export_failed`, whether calling again may help. Absent means true.","type":"boolean"}}};
const schema63 = {"type":"object","additionalProperties":false,"required":["name"],"properties":{"name":{"$ref":"#/$defs/FileName"},"sha256":{"$ref":"#/$defs/Sha256"}}};
const schema64 = {"description":"The name of a file within its service's part: 1 to 255 bytes of UTF-8 without `/`, `\\`, `..` and control\ncharacters. Only its length is checked here; whatever else is not allowed is answered with `filename_invalid`.\n","type":"string","minLength":1,"maxLength":255,"pattern":"^[^\\u0000]*$","x-personal-data":true};
const schema65 = {"description":"A SHA-256 in lowercase hexadecimal digits.","type":"string","minLength":64,"maxLength":64,"pattern":"^[0-9a-f]*$"};
const pattern20 = new RegExp("^[0-9a-f]*$", "u");

function validate35(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate35.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.name === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!((key0 === "name") || (key0 === "sha256"))){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.name !== undefined){
let data0 = data.name;
if(typeof data0 === "string"){
if(func1(data0) > 255){
const err2 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/FileName/maxLength",keyword:"maxLength",params:{limit: 255},message:"must NOT have more than 255 characters"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(func1(data0) < 1){
const err3 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/FileName/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!pattern13.test(data0)){
const err4 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/FileName/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/name",schemaPath:"#/$defs/FileName/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.sha256 !== undefined){
let data1 = data.sha256;
if(typeof data1 === "string"){
if(func1(data1) > 64){
const err6 = {instancePath:instancePath+"/sha256",schemaPath:"#/$defs/Sha256/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(func1(data1) < 64){
const err7 = {instancePath:instancePath+"/sha256",schemaPath:"#/$defs/Sha256/minLength",keyword:"minLength",params:{limit: 64},message:"must NOT have fewer than 64 characters"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(!pattern20.test(data1)){
const err8 = {instancePath:instancePath+"/sha256",schemaPath:"#/$defs/Sha256/pattern",keyword:"pattern",params:{pattern: "^[0-9a-f]*$"},message:"must match pattern \""+"^[0-9a-f]*$"+"\""};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
else {
const err9 = {instancePath:instancePath+"/sha256",schemaPath:"#/$defs/Sha256/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
}
else {
const err10 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
validate35.errors = vErrors;
return errors === 0;
}
validate35.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate34(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate34.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.yandex_uid === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "yandex_uid"},message:"must have required property '"+"yandex_uid"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.job_id === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "job_id"},message:"must have required property '"+"job_id"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.service === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "service"},message:"must have required property '"+"service"+"'"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.state === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "state"},message:"must have required property '"+"state"+"'"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
for(const key0 in data){
if(!(((((((key0 === "yandex_uid") || (key0 === "job_id")) || (key0 === "service")) || (key0 === "state")) || (key0 === "files")) || (key0 === "error")) || (key0 === "retriable"))){
const err4 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.yandex_uid !== undefined){
let data0 = data.yandex_uid;
if(typeof data0 === "string"){
if(!pattern6.test(data0)){
const err5 = {instancePath:instancePath+"/yandex_uid",schemaPath:"#/$defs/YandexUid/pattern",keyword:"pattern",params:{pattern: "^[1-9][0-9]{0,31}$"},message:"must match pattern \""+"^[1-9][0-9]{0,31}$"+"\""};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
else {
const err6 = {instancePath:instancePath+"/yandex_uid",schemaPath:"#/$defs/YandexUid/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.job_id !== undefined){
let data1 = data.job_id;
if(typeof data1 === "string"){
if(func1(data1) > 64){
const err7 = {instancePath:instancePath+"/job_id",schemaPath:"#/$defs/JobId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(func1(data1) < 1){
const err8 = {instancePath:instancePath+"/job_id",schemaPath:"#/$defs/JobId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(!pattern4.test(data1)){
const err9 = {instancePath:instancePath+"/job_id",schemaPath:"#/$defs/JobId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
else {
const err10 = {instancePath:instancePath+"/job_id",schemaPath:"#/$defs/JobId/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data.service !== undefined){
let data2 = data.service;
if(typeof data2 === "string"){
if(func1(data2) > 64){
const err11 = {instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
if(func1(data2) < 1){
const err12 = {instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(!pattern11.test(data2)){
const err13 = {instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/pattern",keyword:"pattern",params:{pattern: "^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"},message:"must match pattern \""+"^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"+"\""};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
else {
const err14 = {instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
if(data.state !== undefined){
let data3 = data.state;
if(typeof data3 !== "string"){
const err15 = {instancePath:instancePath+"/state",schemaPath:"#/properties/state/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
if(!(((data3 === "exported") || (data3 === "no_data")) || (data3 === "export_failed"))){
const err16 = {instancePath:instancePath+"/state",schemaPath:"#/properties/state/enum",keyword:"enum",params:{allowedValues: schema59.properties.state.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
if(data.files !== undefined){
let data4 = data.files;
if(Array.isArray(data4)){
if(data4.length > 1000){
const err17 = {instancePath:instancePath+"/files",schemaPath:"#/properties/files/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
const len0 = data4.length;
for(let i0=0; i0<len0; i0++){
if(!(validate35(data4[i0], {instancePath:instancePath+"/files/" + i0,parentData:data4,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate35.errors : vErrors.concat(validate35.errors);
errors = vErrors.length;
}
}
}
else {
const err18 = {instancePath:instancePath+"/files",schemaPath:"#/properties/files/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
if(data.error !== undefined){
let data6 = data.error;
if(data6 && typeof data6 == "object" && !Array.isArray(data6)){
if(data6.code === undefined){
const err19 = {instancePath:instancePath+"/error",schemaPath:"#/$defs/ReportedError/required",keyword:"required",params:{missingProperty: "code"},message:"must have required property '"+"code"+"'"};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
for(const key1 in data6){
if(!((key1 === "code") || (key1 === "message"))){
const err20 = {instancePath:instancePath+"/error",schemaPath:"#/$defs/ReportedError/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data6.code !== undefined){
let data7 = data6.code;
if(typeof data7 === "string"){
if(func1(data7) > 64){
const err21 = {instancePath:instancePath+"/error/code",schemaPath:"#/$defs/ReportedError/properties/code/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if(func1(data7) < 1){
const err22 = {instancePath:instancePath+"/error/code",schemaPath:"#/$defs/ReportedError/properties/code/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
if(!pattern4.test(data7)){
const err23 = {instancePath:instancePath+"/error/code",schemaPath:"#/$defs/ReportedError/properties/code/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
else {
const err24 = {instancePath:instancePath+"/error/code",schemaPath:"#/$defs/ReportedError/properties/code/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
if(data6.message !== undefined){
let data8 = data6.message;
if(typeof data8 === "string"){
if(func1(data8) > 4096){
const err25 = {instancePath:instancePath+"/error/message",schemaPath:"#/$defs/ReportedError/properties/message/maxLength",keyword:"maxLength",params:{limit: 4096},message:"must NOT have more than 4096 characters"};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
if(!pattern13.test(data8)){
const err26 = {instancePath:instancePath+"/error/message",schemaPath:"#/$defs/ReportedError/properties/message/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
else {
const err27 = {instancePath:instancePath+"/error/message",schemaPath:"#/$defs/ReportedError/properties/message/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
}
else {
const err28 = {instancePath:instancePath+"/error",schemaPath:"#/$defs/ReportedError/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
if(data.retriable !== undefined){
if(typeof data.retriable !== "boolean"){
const err29 = {instancePath:instancePath+"/retriable",schemaPath:"#/properties/retriable/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
}
else {
const err30 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
validate34.errors = vErrors;
return errors === 0;
}
validate34.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate33(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="SetExportStatusRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate33.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate34(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate34.errors : vErrors.concat(validate34.errors);
errors = vErrors.length;
}
validate33.errors = vErrors;
return errors === 0;
}
validate33.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

exports.DeletionState = validate38;
const schema67 = {"$id":"DeletionState","$ref":"contract#/$defs/DeletionState"};
const schema68 = {"description":"`open`: some part is. `failed`: closed, and some part failed. `cancelled`: an operator gave up some part, and\nnone failed. `done`: every part is deleted or was seen to by an operator.\n","type":"string","enum":["open","done","failed","cancelled"]};

function validate38(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="DeletionState" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate38.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data !== "string"){
const err0 = {instancePath,schemaPath:"contract#/$defs/DeletionState/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!((((data === "open") || (data === "done")) || (data === "failed")) || (data === "cancelled"))){
const err1 = {instancePath,schemaPath:"contract#/$defs/DeletionState/enum",keyword:"enum",params:{allowedValues: schema68.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
validate38.errors = vErrors;
return errors === 0;
}
validate38.evaluated = {"dynamicProps":false,"dynamicItems":false};

exports.ServiceName = validate39;
const schema69 = {"$id":"ServiceName","$ref":"contract#/$defs/ServiceName"};

function validate39(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ServiceName" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate39.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data === "string"){
if(func1(data) > 64){
const err0 = {instancePath,schemaPath:"contract#/$defs/ServiceName/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(func1(data) < 1){
const err1 = {instancePath,schemaPath:"contract#/$defs/ServiceName/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern11.test(data)){
const err2 = {instancePath,schemaPath:"contract#/$defs/ServiceName/pattern",keyword:"pattern",params:{pattern: "^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"},message:"must match pattern \""+"^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"+"\""};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath,schemaPath:"contract#/$defs/ServiceName/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
validate39.errors = vErrors;
return errors === 0;
}
validate39.evaluated = {"dynamicProps":false,"dynamicItems":false};

exports.CategoryId = validate40;
const schema71 = {"$id":"CategoryId","$ref":"contract#/$defs/CategoryId"};

function validate40(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="CategoryId" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate40.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data === "string"){
if(func1(data) > 64){
const err0 = {instancePath,schemaPath:"contract#/$defs/CategoryId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(func1(data) < 1){
const err1 = {instancePath,schemaPath:"contract#/$defs/CategoryId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern4.test(data)){
const err2 = {instancePath,schemaPath:"contract#/$defs/CategoryId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath,schemaPath:"contract#/$defs/CategoryId/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
validate40.errors = vErrors;
return errors === 0;
}
validate40.evaluated = {"dynamicProps":false,"dynamicItems":false};

exports.Age = validate41;
const schema73 = {"$id":"Age","$ref":"contract#/$defs/Age"};
const schema74 = {"description":"A duration such as 90s, 30m, 24h or 7d.","type":"string","pattern":"^[0-9]{1,6}(s|m|h|d)$"};
const pattern25 = new RegExp("^[0-9]{1,6}(s|m|h|d)$", "u");

function validate41(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="Age" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate41.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data === "string"){
if(!pattern25.test(data)){
const err0 = {instancePath,schemaPath:"contract#/$defs/Age/pattern",keyword:"pattern",params:{pattern: "^[0-9]{1,6}(s|m|h|d)$"},message:"must match pattern \""+"^[0-9]{1,6}(s|m|h|d)$"+"\""};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
else {
const err1 = {instancePath,schemaPath:"contract#/$defs/Age/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
validate41.errors = vErrors;
return errors === 0;
}
validate41.evaluated = {"dynamicProps":false,"dynamicItems":false};

exports.ListLimit = validate42;
const schema75 = {"$id":"ListLimit","$ref":"contract#/$defs/ListLimit"};
const schema76 = {"description":"How many items a page has at most.","type":"integer","minimum":1,"maximum":200};

function validate42(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ListLimit" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate42.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(((typeof data == "number") && (!(data % 1) && !isNaN(data))) && (isFinite(data)))){
const err0 = {instancePath,schemaPath:"contract#/$defs/ListLimit/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if((typeof data == "number") && (isFinite(data))){
if(data > 200 || isNaN(data)){
const err1 = {instancePath,schemaPath:"contract#/$defs/ListLimit/maximum",keyword:"maximum",params:{comparison: "<=", limit: 200},message:"must be <= 200"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data < 1 || isNaN(data)){
const err2 = {instancePath,schemaPath:"contract#/$defs/ListLimit/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
validate42.errors = vErrors;
return errors === 0;
}
validate42.evaluated = {"dynamicProps":false,"dynamicItems":false};

exports.Cursor = validate43;
const schema77 = {"$id":"Cursor","$ref":"contract#/$defs/Cursor"};
const schema78 = {"description":"Says where the next page begins; of no meaning to anybody but the hub.","type":"string","minLength":1,"maxLength":1024,"pattern":"^[A-Za-z0-9_-]*$"};
const pattern26 = new RegExp("^[A-Za-z0-9_-]*$", "u");

function validate43(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="Cursor" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate43.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data === "string"){
if(func1(data) > 1024){
const err0 = {instancePath,schemaPath:"contract#/$defs/Cursor/maxLength",keyword:"maxLength",params:{limit: 1024},message:"must NOT have more than 1024 characters"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(func1(data) < 1){
const err1 = {instancePath,schemaPath:"contract#/$defs/Cursor/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern26.test(data)){
const err2 = {instancePath,schemaPath:"contract#/$defs/Cursor/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9_-]*$"},message:"must match pattern \""+"^[A-Za-z0-9_-]*$"+"\""};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath,schemaPath:"contract#/$defs/Cursor/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
validate43.errors = vErrors;
return errors === 0;
}
validate43.evaluated = {"dynamicProps":false,"dynamicItems":false};

exports.CreateDeletionRequest = validate44;
const schema79 = {"$id":"CreateDeletionRequest","$ref":"contract#/$defs/CreateDeletionRequest"};
const schema80 = {"type":"object","additionalProperties":false,"required":["uid","categories","reason"],"properties":{"uid":{"$ref":"#/$defs/YandexUid"},"categories":{"description":"Ids of categories. Order and repetition mean nothing.","type":"array","minItems":1,"maxItems":100,"items":{"$ref":"#/$defs/CategoryId"}},"reason":{"$ref":"#/$defs/ActReason"}}};
const schema83 = {"description":"Why, for the audit. Must not name a user.","type":"string","minLength":1,"maxLength":1024,"pattern":"^[^\\u0000]*$"};

function validate45(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate45.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.uid === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "uid"},message:"must have required property '"+"uid"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.categories === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "categories"},message:"must have required property '"+"categories"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.reason === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "reason"},message:"must have required property '"+"reason"+"'"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
for(const key0 in data){
if(!(((key0 === "uid") || (key0 === "categories")) || (key0 === "reason"))){
const err3 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
if(data.uid !== undefined){
let data0 = data.uid;
if(typeof data0 === "string"){
if(!pattern6.test(data0)){
const err4 = {instancePath:instancePath+"/uid",schemaPath:"#/$defs/YandexUid/pattern",keyword:"pattern",params:{pattern: "^[1-9][0-9]{0,31}$"},message:"must match pattern \""+"^[1-9][0-9]{0,31}$"+"\""};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/uid",schemaPath:"#/$defs/YandexUid/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
if(data.categories !== undefined){
let data1 = data.categories;
if(Array.isArray(data1)){
if(data1.length > 100){
const err6 = {instancePath:instancePath+"/categories",schemaPath:"#/properties/categories/maxItems",keyword:"maxItems",params:{limit: 100},message:"must NOT have more than 100 items"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(data1.length < 1){
const err7 = {instancePath:instancePath+"/categories",schemaPath:"#/properties/categories/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
let data2 = data1[i0];
if(typeof data2 === "string"){
if(func1(data2) > 64){
const err8 = {instancePath:instancePath+"/categories/" + i0,schemaPath:"#/$defs/CategoryId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(func1(data2) < 1){
const err9 = {instancePath:instancePath+"/categories/" + i0,schemaPath:"#/$defs/CategoryId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(!pattern4.test(data2)){
const err10 = {instancePath:instancePath+"/categories/" + i0,schemaPath:"#/$defs/CategoryId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
else {
const err11 = {instancePath:instancePath+"/categories/" + i0,schemaPath:"#/$defs/CategoryId/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
}
else {
const err12 = {instancePath:instancePath+"/categories",schemaPath:"#/properties/categories/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data.reason !== undefined){
let data3 = data.reason;
if(typeof data3 === "string"){
if(func1(data3) > 1024){
const err13 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/maxLength",keyword:"maxLength",params:{limit: 1024},message:"must NOT have more than 1024 characters"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(func1(data3) < 1){
const err14 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if(!pattern13.test(data3)){
const err15 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
else {
const err16 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
validate45.errors = vErrors;
return errors === 0;
}
validate45.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate44(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="CreateDeletionRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate44.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate45(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate45.errors : vErrors.concat(validate45.errors);
errors = vErrors.length;
}
validate44.errors = vErrors;
return errors === 0;
}
validate44.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

exports.ActRequest = validate47;
const schema84 = {"$id":"ActRequest","$ref":"contract#/$defs/ActRequest"};
const schema85 = {"type":"object","additionalProperties":false,"required":["reason"],"properties":{"reason":{"$ref":"#/$defs/ActReason"}}};

function validate48(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate48.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.reason === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "reason"},message:"must have required property '"+"reason"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
for(const key0 in data){
if(!(key0 === "reason")){
const err1 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
if(data.reason !== undefined){
let data0 = data.reason;
if(typeof data0 === "string"){
if(func1(data0) > 1024){
const err2 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/maxLength",keyword:"maxLength",params:{limit: 1024},message:"must NOT have more than 1024 characters"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(func1(data0) < 1){
const err3 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!pattern13.test(data0)){
const err4 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
else {
const err5 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
}
else {
const err6 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
validate48.errors = vErrors;
return errors === 0;
}
validate48.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate47(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ActRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate47.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate48(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate48.errors : vErrors.concat(validate48.errors);
errors = vErrors.length;
}
validate47.errors = vErrors;
return errors === 0;
}
validate47.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

exports.ResolveRequest = validate50;
const schema87 = {"$id":"ResolveRequest","$ref":"contract#/$defs/ResolveRequest"};
const schema88 = {"type":"object","additionalProperties":false,"required":["state","reason"],"properties":{"state":{"$ref":"#/$defs/ResolvedState"},"service":{"$ref":"#/$defs/ServiceName","description":"Only the parts of this service; of all if absent."},"reason":{"$ref":"#/$defs/ActReason"}}};
const schema89 = {"description":"`resolved`: it was seen to in another way. `cancelled`: it is not to be done.","type":"string","enum":["resolved","cancelled"]};

function validate51(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate51.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.state === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "state"},message:"must have required property '"+"state"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.reason === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "reason"},message:"must have required property '"+"reason"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!(((key0 === "state") || (key0 === "service")) || (key0 === "reason"))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.state !== undefined){
let data0 = data.state;
if(typeof data0 !== "string"){
const err3 = {instancePath:instancePath+"/state",schemaPath:"#/$defs/ResolvedState/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(!((data0 === "resolved") || (data0 === "cancelled"))){
const err4 = {instancePath:instancePath+"/state",schemaPath:"#/$defs/ResolvedState/enum",keyword:"enum",params:{allowedValues: schema89.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.service !== undefined){
let data1 = data.service;
if(typeof data1 === "string"){
if(func1(data1) > 64){
const err5 = {instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(func1(data1) < 1){
const err6 = {instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
if(!pattern11.test(data1)){
const err7 = {instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/pattern",keyword:"pattern",params:{pattern: "^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"},message:"must match pattern \""+"^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"+"\""};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
else {
const err8 = {instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.reason !== undefined){
let data2 = data.reason;
if(typeof data2 === "string"){
if(func1(data2) > 1024){
const err9 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/maxLength",keyword:"maxLength",params:{limit: 1024},message:"must NOT have more than 1024 characters"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(func1(data2) < 1){
const err10 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(!pattern13.test(data2)){
const err11 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
else {
const err12 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
}
else {
const err13 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
validate51.errors = vErrors;
return errors === 0;
}
validate51.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate50(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ResolveRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate50.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate51(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate51.errors : vErrors.concat(validate51.errors);
errors = vErrors.length;
}
validate50.errors = vErrors;
return errors === 0;
}
validate50.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

exports.ExportState = validate53;
const schema92 = {"$id":"ExportState","$ref":"contract#/$defs/ExportState"};
const schema93 = {"description":"`queued` until the first service is called, then `running`. `ready`: the whole copy is there. `partial`: a copy is\nthere, without what some service failed to give. `no_data`: nobody had any. `failed`: no copy. `expired`: it was\nthere, and is kept no longer.\n","type":"string","enum":["queued","running","ready","partial","no_data","failed","expired"]};

function validate53(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ExportState" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate53.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data !== "string"){
const err0 = {instancePath,schemaPath:"contract#/$defs/ExportState/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(!(((((((data === "queued") || (data === "running")) || (data === "ready")) || (data === "partial")) || (data === "no_data")) || (data === "failed")) || (data === "expired"))){
const err1 = {instancePath,schemaPath:"contract#/$defs/ExportState/enum",keyword:"enum",params:{allowedValues: schema93.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
validate53.errors = vErrors;
return errors === 0;
}
validate53.evaluated = {"dynamicProps":false,"dynamicItems":false};

exports.HoldRequest = validate54;
const schema94 = {"$id":"HoldRequest","$ref":"contract#/$defs/HoldRequest"};
const schema95 = {"type":"object","additionalProperties":false,"required":["uid","reason"],"properties":{"uid":{"$ref":"#/$defs/YandexUid"},"categories":{"description":"Ids of categories; all of them if absent.","type":"array","minItems":1,"maxItems":100,"items":{"$ref":"#/$defs/CategoryId"}},"reason":{"$ref":"#/$defs/ActReason"}}};

function validate55(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate55.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.uid === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "uid"},message:"must have required property '"+"uid"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.reason === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "reason"},message:"must have required property '"+"reason"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
for(const key0 in data){
if(!(((key0 === "uid") || (key0 === "categories")) || (key0 === "reason"))){
const err2 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
if(data.uid !== undefined){
let data0 = data.uid;
if(typeof data0 === "string"){
if(!pattern6.test(data0)){
const err3 = {instancePath:instancePath+"/uid",schemaPath:"#/$defs/YandexUid/pattern",keyword:"pattern",params:{pattern: "^[1-9][0-9]{0,31}$"},message:"must match pattern \""+"^[1-9][0-9]{0,31}$"+"\""};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
else {
const err4 = {instancePath:instancePath+"/uid",schemaPath:"#/$defs/YandexUid/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.categories !== undefined){
let data1 = data.categories;
if(Array.isArray(data1)){
if(data1.length > 100){
const err5 = {instancePath:instancePath+"/categories",schemaPath:"#/properties/categories/maxItems",keyword:"maxItems",params:{limit: 100},message:"must NOT have more than 100 items"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(data1.length < 1){
const err6 = {instancePath:instancePath+"/categories",schemaPath:"#/properties/categories/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
let data2 = data1[i0];
if(typeof data2 === "string"){
if(func1(data2) > 64){
const err7 = {instancePath:instancePath+"/categories/" + i0,schemaPath:"#/$defs/CategoryId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(func1(data2) < 1){
const err8 = {instancePath:instancePath+"/categories/" + i0,schemaPath:"#/$defs/CategoryId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
if(!pattern4.test(data2)){
const err9 = {instancePath:instancePath+"/categories/" + i0,schemaPath:"#/$defs/CategoryId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
else {
const err10 = {instancePath:instancePath+"/categories/" + i0,schemaPath:"#/$defs/CategoryId/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
}
else {
const err11 = {instancePath:instancePath+"/categories",schemaPath:"#/properties/categories/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data.reason !== undefined){
let data3 = data.reason;
if(typeof data3 === "string"){
if(func1(data3) > 1024){
const err12 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/maxLength",keyword:"maxLength",params:{limit: 1024},message:"must NOT have more than 1024 characters"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(func1(data3) < 1){
const err13 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(!pattern13.test(data3)){
const err14 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
else {
const err15 = {instancePath:instancePath+"/reason",schemaPath:"#/$defs/ActReason/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
else {
const err16 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
validate55.errors = vErrors;
return errors === 0;
}
validate55.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};


function validate54(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="HoldRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate54.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate55(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate55.errors : vErrors.concat(validate55.errors);
errors = vErrors.length;
}
validate54.errors = vErrors;
return errors === 0;
}
validate54.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

exports.ActReason = validate57;
const schema99 = {"$id":"ActReason","$ref":"contract#/$defs/ActReason"};

function validate57(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ActReason" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate57.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(typeof data === "string"){
if(func1(data) > 1024){
const err0 = {instancePath,schemaPath:"contract#/$defs/ActReason/maxLength",keyword:"maxLength",params:{limit: 1024},message:"must NOT have more than 1024 characters"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(func1(data) < 1){
const err1 = {instancePath,schemaPath:"contract#/$defs/ActReason/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(!pattern13.test(data)){
const err2 = {instancePath,schemaPath:"contract#/$defs/ActReason/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath,schemaPath:"contract#/$defs/ActReason/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
validate57.errors = vErrors;
return errors === 0;
}
validate57.evaluated = {"dynamicProps":false,"dynamicItems":false};

exports.JsonWebKeySet = validate58;
const schema101 = {"$id":"JsonWebKeySet","$ref":"contract#/$defs/JsonWebKeySet"};
const schema102 = {"type":"object","required":["keys"],"properties":{"keys":{"type":"array","items":{"$ref":"#/$defs/JsonWebKey"}}}};
const schema103 = {"description":"A public key, RFC 7517.","type":"object","required":["kty","crv","x","kid"],"properties":{"kty":{"type":"string","enum":["OKP","EC"]},"crv":{"type":"string","enum":["Ed25519","P-256"]},"x":{"type":"string"},"y":{"type":"string"},"kid":{"type":"string"},"alg":{"type":"string","enum":["EdDSA","ES256"]},"use":{"type":"string","const":"sig"}}};

function validate59(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate59.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.keys === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "keys"},message:"must have required property '"+"keys"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.keys !== undefined){
let data0 = data.keys;
if(Array.isArray(data0)){
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
let data1 = data0[i0];
if(data1 && typeof data1 == "object" && !Array.isArray(data1)){
if(data1.kty === undefined){
const err1 = {instancePath:instancePath+"/keys/" + i0,schemaPath:"#/$defs/JsonWebKey/required",keyword:"required",params:{missingProperty: "kty"},message:"must have required property '"+"kty"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data1.crv === undefined){
const err2 = {instancePath:instancePath+"/keys/" + i0,schemaPath:"#/$defs/JsonWebKey/required",keyword:"required",params:{missingProperty: "crv"},message:"must have required property '"+"crv"+"'"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data1.x === undefined){
const err3 = {instancePath:instancePath+"/keys/" + i0,schemaPath:"#/$defs/JsonWebKey/required",keyword:"required",params:{missingProperty: "x"},message:"must have required property '"+"x"+"'"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
if(data1.kid === undefined){
const err4 = {instancePath:instancePath+"/keys/" + i0,schemaPath:"#/$defs/JsonWebKey/required",keyword:"required",params:{missingProperty: "kid"},message:"must have required property '"+"kid"+"'"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
if(data1.kty !== undefined){
let data2 = data1.kty;
if(typeof data2 !== "string"){
const err5 = {instancePath:instancePath+"/keys/" + i0+"/kty",schemaPath:"#/$defs/JsonWebKey/properties/kty/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(!((data2 === "OKP") || (data2 === "EC"))){
const err6 = {instancePath:instancePath+"/keys/" + i0+"/kty",schemaPath:"#/$defs/JsonWebKey/properties/kty/enum",keyword:"enum",params:{allowedValues: schema103.properties.kty.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data1.crv !== undefined){
let data3 = data1.crv;
if(typeof data3 !== "string"){
const err7 = {instancePath:instancePath+"/keys/" + i0+"/crv",schemaPath:"#/$defs/JsonWebKey/properties/crv/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if(!((data3 === "Ed25519") || (data3 === "P-256"))){
const err8 = {instancePath:instancePath+"/keys/" + i0+"/crv",schemaPath:"#/$defs/JsonWebKey/properties/crv/enum",keyword:"enum",params:{allowedValues: schema103.properties.crv.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data1.x !== undefined){
if(typeof data1.x !== "string"){
const err9 = {instancePath:instancePath+"/keys/" + i0+"/x",schemaPath:"#/$defs/JsonWebKey/properties/x/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
}
if(data1.y !== undefined){
if(typeof data1.y !== "string"){
const err10 = {instancePath:instancePath+"/keys/" + i0+"/y",schemaPath:"#/$defs/JsonWebKey/properties/y/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
if(data1.kid !== undefined){
if(typeof data1.kid !== "string"){
const err11 = {instancePath:instancePath+"/keys/" + i0+"/kid",schemaPath:"#/$defs/JsonWebKey/properties/kid/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
if(data1.alg !== undefined){
let data7 = data1.alg;
if(typeof data7 !== "string"){
const err12 = {instancePath:instancePath+"/keys/" + i0+"/alg",schemaPath:"#/$defs/JsonWebKey/properties/alg/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
if(!((data7 === "EdDSA") || (data7 === "ES256"))){
const err13 = {instancePath:instancePath+"/keys/" + i0+"/alg",schemaPath:"#/$defs/JsonWebKey/properties/alg/enum",keyword:"enum",params:{allowedValues: schema103.properties.alg.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
if(data1.use !== undefined){
let data8 = data1.use;
if(typeof data8 !== "string"){
const err14 = {instancePath:instancePath+"/keys/" + i0+"/use",schemaPath:"#/$defs/JsonWebKey/properties/use/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
if("sig" !== data8){
const err15 = {instancePath:instancePath+"/keys/" + i0+"/use",schemaPath:"#/$defs/JsonWebKey/properties/use/const",keyword:"const",params:{allowedValue: "sig"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
}
else {
const err16 = {instancePath:instancePath+"/keys/" + i0,schemaPath:"#/$defs/JsonWebKey/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath:instancePath+"/keys",schemaPath:"#/properties/keys/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
}
else {
const err18 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
validate59.errors = vErrors;
return errors === 0;
}
validate59.evaluated = {"props":{"keys":true},"dynamicProps":false,"dynamicItems":false};


function validate58(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="JsonWebKeySet" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate58.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate59(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate59.errors : vErrors.concat(validate59.errors);
errors = vErrors.length;
}
validate58.errors = vErrors;
return errors === 0;
}
validate58.evaluated = {"props":{"keys":true},"dynamicProps":false,"dynamicItems":false};

})(hub);

export const validateRequestId = guard(hub.RequestId);
export const validateDeleteRequest = guard(hub.DeleteRequest);
export const validateYandexUid = guard(hub.YandexUid);
export const validateJobId = guard(hub.JobId);
export const validateDownloadExportRequest = guard(hub.DownloadExportRequest);
export const validateSetDataStatusRequest = guard(hub.SetDataStatusRequest);
export const validateSetExportStatusRequest = guard(hub.SetExportStatusRequest);
export const validateDeletionState = guard(hub.DeletionState);
export const validateServiceName = guard(hub.ServiceName);
export const validateCategoryId = guard(hub.CategoryId);
export const validateAge = guard(hub.Age);
export const validateListLimit = guard(hub.ListLimit);
export const validateCursor = guard(hub.Cursor);
export const validateCreateDeletionRequest = guard(hub.CreateDeletionRequest);
export const validateActRequest = guard(hub.ActRequest);
export const validateResolveRequest = guard(hub.ResolveRequest);
export const validateExportState = guard(hub.ExportState);
export const validateHoldRequest = guard(hub.HoldRequest);
export const validateActReason = guard(hub.ActReason);
export const validateJsonWebKeySet = guard(hub.JsonWebKeySet);
const connectedService = {};
((exports) => {
"use strict";
exports.ServiceStatusRequest = validate20;
const schema31 = {"$id":"ServiceStatusRequest","$ref":"contract#/$defs/ServiceStatusRequest"};
const schema33 = {"type":"object","required":["yandex_uids","categories"],"properties":{"yandex_uids":{"$ref":"#/$defs/Accounts"},"user_ids":{"$ref":"#/$defs/IdList"},"phone_ids":{"$ref":"#/$defs/IdList"},"personal_phone_ids":{"$ref":"#/$defs/IdList"},"personal_email_ids":{"$ref":"#/$defs/IdList"},"categories":{"$ref":"#/$defs/AskedCategories"},"request_id":{"$ref":"#/$defs/RequestId"}}};
const schema37 = {"description":"Identifiers of one kind. At most 1,000.","type":"array","maxItems":1000,"items":{"type":"string","minLength":1,"maxLength":256,"pattern":"^[^\\u0000]*$","x-personal-data":true},"x-personal-data":true};
const schema43 = {"description":"The portal's own name for its request, 1 to 128 visible ASCII characters.","type":"string","minLength":1,"maxLength":128,"pattern":"^[!-~]*$","x-personal-data":true};
const schema34 = {"description":"Every account of the user, the primary one first.","type":"array","minItems":1,"maxItems":1000,"items":{"$ref":"#/$defs/Account"},"x-personal-data":true};
const schema35 = {"type":"object","required":["uid","is_portal"],"properties":{"uid":{"$ref":"#/$defs/YandexUid"},"is_portal":{"description":"Whether this is the account of the portal itself.","type":"boolean"}}};
const schema36 = {"description":"The user's uid, a decimal number in a string.","type":"string","pattern":"^[1-9][0-9]{0,31}$","x-personal-data":true};
const pattern4 = new RegExp("^[1-9][0-9]{0,31}$", "u");

function validate24(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate24.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((data.uid === undefined) && (missing0 = "uid")) || ((data.is_portal === undefined) && (missing0 = "is_portal"))){
validate24.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.uid !== undefined){
let data0 = data.uid;
const _errs1 = errors;
const _errs2 = errors;
if(errors === _errs2){
if(typeof data0 === "string"){
if(!pattern4.test(data0)){
validate24.errors = [{instancePath:instancePath+"/uid",schemaPath:"#/$defs/YandexUid/pattern",keyword:"pattern",params:{pattern: "^[1-9][0-9]{0,31}$"},message:"must match pattern \""+"^[1-9][0-9]{0,31}$"+"\""}];
return false;
}
}
else {
validate24.errors = [{instancePath:instancePath+"/uid",schemaPath:"#/$defs/YandexUid/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.is_portal !== undefined){
const _errs4 = errors;
if(typeof data.is_portal !== "boolean"){
validate24.errors = [{instancePath:instancePath+"/is_portal",schemaPath:"#/properties/is_portal/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"}];
return false;
}
var valid0 = _errs4 === errors;
}
else {
var valid0 = true;
}
}
}
}
else {
validate24.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate24.errors = vErrors;
return errors === 0;
}
validate24.evaluated = {"props":{"uid":true,"is_portal":true},"dynamicProps":false,"dynamicItems":false};


function validate23(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate23.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(Array.isArray(data)){
if(data.length > 1000){
validate23.errors = [{instancePath,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
if(data.length < 1){
validate23.errors = [{instancePath,schemaPath:"#/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"}];
return false;
}
else {
var valid0 = true;
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
const _errs1 = errors;
if(!(validate24(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate24.errors : vErrors.concat(validate24.errors);
errors = vErrors.length;
}
var valid0 = _errs1 === errors;
if(!valid0){
break;
}
}
}
}
}
else {
validate23.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
validate23.errors = vErrors;
return errors === 0;
}
validate23.evaluated = {"items":true,"dynamicProps":false,"dynamicItems":false};

const schema41 = {"description":"The categories that are asked for.","type":"array","minItems":1,"maxItems":100,"items":{"$ref":"#/$defs/CategoryId"}};
const schema42 = {"description":"The stable id of a category. 1 to 64 visible ASCII characters.","type":"string","minLength":1,"maxLength":64,"pattern":"^[!-~]*$"};
const func1 = lengthOf;
const pattern9 = new RegExp("^[!-~]*$", "u");

function validate27(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate27.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(Array.isArray(data)){
if(data.length > 100){
validate27.errors = [{instancePath,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit: 100},message:"must NOT have more than 100 items"}];
return false;
}
else {
if(data.length < 1){
validate27.errors = [{instancePath,schemaPath:"#/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"}];
return false;
}
else {
var valid0 = true;
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
let data0 = data[i0];
const _errs1 = errors;
const _errs2 = errors;
if(errors === _errs2){
if(typeof data0 === "string"){
if(func1(data0) > 64){
validate27.errors = [{instancePath:instancePath+"/" + i0,schemaPath:"#/$defs/CategoryId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"}];
return false;
}
else {
if(func1(data0) < 1){
validate27.errors = [{instancePath:instancePath+"/" + i0,schemaPath:"#/$defs/CategoryId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern9.test(data0)){
validate27.errors = [{instancePath:instancePath+"/" + i0,schemaPath:"#/$defs/CategoryId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""}];
return false;
}
}
}
}
else {
validate27.errors = [{instancePath:instancePath+"/" + i0,schemaPath:"#/$defs/CategoryId/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs1 === errors;
if(!valid0){
break;
}
}
}
}
}
else {
validate27.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
validate27.errors = vErrors;
return errors === 0;
}
validate27.evaluated = {"items":true,"dynamicProps":false,"dynamicItems":false};

const pattern5 = new RegExp("^[^\\u0000]*$", "u");

function validate22(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate22.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((data.yandex_uids === undefined) && (missing0 = "yandex_uids")) || ((data.categories === undefined) && (missing0 = "categories"))){
validate22.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.yandex_uids !== undefined){
const _errs1 = errors;
if(!(validate23(data.yandex_uids, {instancePath:instancePath+"/yandex_uids",parentData:data,parentDataProperty:"yandex_uids",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate23.errors : vErrors.concat(validate23.errors);
errors = vErrors.length;
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.user_ids !== undefined){
let data1 = data.user_ids;
const _errs2 = errors;
const _errs3 = errors;
if(errors === _errs3){
if(Array.isArray(data1)){
if(data1.length > 1000){
validate22.errors = [{instancePath:instancePath+"/user_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid2 = true;
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
let data2 = data1[i0];
const _errs5 = errors;
if(errors === _errs5){
if(typeof data2 === "string"){
if(func1(data2) > 256){
validate22.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data2) < 1){
validate22.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data2)){
validate22.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate22.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid2 = _errs5 === errors;
if(!valid2){
break;
}
}
}
}
else {
validate22.errors = [{instancePath:instancePath+"/user_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.phone_ids !== undefined){
let data3 = data.phone_ids;
const _errs7 = errors;
const _errs8 = errors;
if(errors === _errs8){
if(Array.isArray(data3)){
if(data3.length > 1000){
validate22.errors = [{instancePath:instancePath+"/phone_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid4 = true;
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
let data4 = data3[i1];
const _errs10 = errors;
if(errors === _errs10){
if(typeof data4 === "string"){
if(func1(data4) > 256){
validate22.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data4) < 1){
validate22.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data4)){
validate22.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate22.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid4 = _errs10 === errors;
if(!valid4){
break;
}
}
}
}
else {
validate22.errors = [{instancePath:instancePath+"/phone_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs7 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.personal_phone_ids !== undefined){
let data5 = data.personal_phone_ids;
const _errs12 = errors;
const _errs13 = errors;
if(errors === _errs13){
if(Array.isArray(data5)){
if(data5.length > 1000){
validate22.errors = [{instancePath:instancePath+"/personal_phone_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid6 = true;
const len2 = data5.length;
for(let i2=0; i2<len2; i2++){
let data6 = data5[i2];
const _errs15 = errors;
if(errors === _errs15){
if(typeof data6 === "string"){
if(func1(data6) > 256){
validate22.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data6) < 1){
validate22.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data6)){
validate22.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate22.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid6 = _errs15 === errors;
if(!valid6){
break;
}
}
}
}
else {
validate22.errors = [{instancePath:instancePath+"/personal_phone_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs12 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.personal_email_ids !== undefined){
let data7 = data.personal_email_ids;
const _errs17 = errors;
const _errs18 = errors;
if(errors === _errs18){
if(Array.isArray(data7)){
if(data7.length > 1000){
validate22.errors = [{instancePath:instancePath+"/personal_email_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid8 = true;
const len3 = data7.length;
for(let i3=0; i3<len3; i3++){
let data8 = data7[i3];
const _errs20 = errors;
if(errors === _errs20){
if(typeof data8 === "string"){
if(func1(data8) > 256){
validate22.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data8) < 1){
validate22.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data8)){
validate22.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate22.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid8 = _errs20 === errors;
if(!valid8){
break;
}
}
}
}
else {
validate22.errors = [{instancePath:instancePath+"/personal_email_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs17 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.categories !== undefined){
const _errs22 = errors;
if(!(validate27(data.categories, {instancePath:instancePath+"/categories",parentData:data,parentDataProperty:"categories",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate27.errors : vErrors.concat(validate27.errors);
errors = vErrors.length;
}
var valid0 = _errs22 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.request_id !== undefined){
let data10 = data.request_id;
const _errs23 = errors;
const _errs24 = errors;
if(errors === _errs24){
if(typeof data10 === "string"){
if(func1(data10) > 128){
validate22.errors = [{instancePath:instancePath+"/request_id",schemaPath:"#/$defs/RequestId/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"}];
return false;
}
else {
if(func1(data10) < 1){
validate22.errors = [{instancePath:instancePath+"/request_id",schemaPath:"#/$defs/RequestId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern9.test(data10)){
validate22.errors = [{instancePath:instancePath+"/request_id",schemaPath:"#/$defs/RequestId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""}];
return false;
}
}
}
}
else {
validate22.errors = [{instancePath:instancePath+"/request_id",schemaPath:"#/$defs/RequestId/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs23 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
}
}
else {
validate22.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate22.errors = vErrors;
return errors === 0;
}
validate22.evaluated = {"props":{"yandex_uids":true,"user_ids":true,"phone_ids":true,"personal_phone_ids":true,"personal_email_ids":true,"categories":true,"request_id":true},"dynamicProps":false,"dynamicItems":false};


function validate20(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ServiceStatusRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate20.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate22(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate22.errors : vErrors.concat(validate22.errors);
errors = vErrors.length;
}
validate20.errors = vErrors;
return errors === 0;
}
validate20.evaluated = {"props":{"yandex_uids":true,"user_ids":true,"phone_ids":true,"personal_phone_ids":true,"personal_email_ids":true,"categories":true,"request_id":true},"dynamicProps":false,"dynamicItems":false};

exports.ServiceDeleteRequest = validate30;
const schema44 = {"$id":"ServiceDeleteRequest","$ref":"contract#/$defs/ServiceDeleteRequest"};
const schema45 = {"type":"object","required":["yandex_uids","categories","deletion_id","report_uid","to","attempt"],"properties":{"yandex_uids":{"$ref":"#/$defs/Accounts"},"user_ids":{"$ref":"#/$defs/IdList"},"phone_ids":{"$ref":"#/$defs/IdList"},"personal_phone_ids":{"$ref":"#/$defs/IdList"},"personal_email_ids":{"$ref":"#/$defs/IdList"},"categories":{"$ref":"#/$defs/AskedCategories"},"request_id":{"$ref":"#/$defs/RequestId"},"deletion_id":{"$ref":"#/$defs/DeletionId","description":"The deletion. To be echoed in the report."},"report_uid":{"$ref":"#/$defs/YandexUid","description":"What to send as `yandex_uid` in the report."},"from":{"$ref":"#/$defs/DateTime","description":"Reserved. Absent means no lower bound."},"to":{"$ref":"#/$defs/DateTime","description":"The fence. What was created later must survive."},"attempt":{"$ref":"#/$defs/Attempt","description":"The number of this call. To be echoed in the report."}}};
const schema51 = {"description":"The id of a deletion, a UUID made by the hub. Only its length and alphabet are checked, so that a foreign id\nis answered with `stale_deletion` rather than `bad_request`.\n","type":"string","minLength":1,"maxLength":64,"pattern":"^[!-~]*$"};
const schema53 = {"description":"An instant, RFC 3339, with any offset. It must exist in the calendar and lie in the years 1 to 9999 of UTC;\nleap seconds are not taken.\n","type":"string","format":"date-time","maxLength":64};
const schema55 = {"description":"The number of the call to the service within the deletion. Grows with each call.","type":"integer","minimum":0,"maximum":2147483647};
const formats0 = formats["date-time"];

function validate31(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate31.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((((((data.yandex_uids === undefined) && (missing0 = "yandex_uids")) || ((data.categories === undefined) && (missing0 = "categories"))) || ((data.deletion_id === undefined) && (missing0 = "deletion_id"))) || ((data.report_uid === undefined) && (missing0 = "report_uid"))) || ((data.to === undefined) && (missing0 = "to"))) || ((data.attempt === undefined) && (missing0 = "attempt"))){
validate31.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.yandex_uids !== undefined){
const _errs1 = errors;
if(!(validate23(data.yandex_uids, {instancePath:instancePath+"/yandex_uids",parentData:data,parentDataProperty:"yandex_uids",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate23.errors : vErrors.concat(validate23.errors);
errors = vErrors.length;
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.user_ids !== undefined){
let data1 = data.user_ids;
const _errs2 = errors;
const _errs3 = errors;
if(errors === _errs3){
if(Array.isArray(data1)){
if(data1.length > 1000){
validate31.errors = [{instancePath:instancePath+"/user_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid2 = true;
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
let data2 = data1[i0];
const _errs5 = errors;
if(errors === _errs5){
if(typeof data2 === "string"){
if(func1(data2) > 256){
validate31.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data2) < 1){
validate31.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data2)){
validate31.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate31.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid2 = _errs5 === errors;
if(!valid2){
break;
}
}
}
}
else {
validate31.errors = [{instancePath:instancePath+"/user_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.phone_ids !== undefined){
let data3 = data.phone_ids;
const _errs7 = errors;
const _errs8 = errors;
if(errors === _errs8){
if(Array.isArray(data3)){
if(data3.length > 1000){
validate31.errors = [{instancePath:instancePath+"/phone_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid4 = true;
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
let data4 = data3[i1];
const _errs10 = errors;
if(errors === _errs10){
if(typeof data4 === "string"){
if(func1(data4) > 256){
validate31.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data4) < 1){
validate31.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data4)){
validate31.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate31.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid4 = _errs10 === errors;
if(!valid4){
break;
}
}
}
}
else {
validate31.errors = [{instancePath:instancePath+"/phone_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs7 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.personal_phone_ids !== undefined){
let data5 = data.personal_phone_ids;
const _errs12 = errors;
const _errs13 = errors;
if(errors === _errs13){
if(Array.isArray(data5)){
if(data5.length > 1000){
validate31.errors = [{instancePath:instancePath+"/personal_phone_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid6 = true;
const len2 = data5.length;
for(let i2=0; i2<len2; i2++){
let data6 = data5[i2];
const _errs15 = errors;
if(errors === _errs15){
if(typeof data6 === "string"){
if(func1(data6) > 256){
validate31.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data6) < 1){
validate31.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data6)){
validate31.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate31.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid6 = _errs15 === errors;
if(!valid6){
break;
}
}
}
}
else {
validate31.errors = [{instancePath:instancePath+"/personal_phone_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs12 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.personal_email_ids !== undefined){
let data7 = data.personal_email_ids;
const _errs17 = errors;
const _errs18 = errors;
if(errors === _errs18){
if(Array.isArray(data7)){
if(data7.length > 1000){
validate31.errors = [{instancePath:instancePath+"/personal_email_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid8 = true;
const len3 = data7.length;
for(let i3=0; i3<len3; i3++){
let data8 = data7[i3];
const _errs20 = errors;
if(errors === _errs20){
if(typeof data8 === "string"){
if(func1(data8) > 256){
validate31.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data8) < 1){
validate31.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data8)){
validate31.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate31.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid8 = _errs20 === errors;
if(!valid8){
break;
}
}
}
}
else {
validate31.errors = [{instancePath:instancePath+"/personal_email_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs17 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.categories !== undefined){
const _errs22 = errors;
if(!(validate27(data.categories, {instancePath:instancePath+"/categories",parentData:data,parentDataProperty:"categories",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate27.errors : vErrors.concat(validate27.errors);
errors = vErrors.length;
}
var valid0 = _errs22 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.request_id !== undefined){
let data10 = data.request_id;
const _errs23 = errors;
const _errs24 = errors;
if(errors === _errs24){
if(typeof data10 === "string"){
if(func1(data10) > 128){
validate31.errors = [{instancePath:instancePath+"/request_id",schemaPath:"#/$defs/RequestId/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"}];
return false;
}
else {
if(func1(data10) < 1){
validate31.errors = [{instancePath:instancePath+"/request_id",schemaPath:"#/$defs/RequestId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern9.test(data10)){
validate31.errors = [{instancePath:instancePath+"/request_id",schemaPath:"#/$defs/RequestId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""}];
return false;
}
}
}
}
else {
validate31.errors = [{instancePath:instancePath+"/request_id",schemaPath:"#/$defs/RequestId/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs23 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.deletion_id !== undefined){
let data11 = data.deletion_id;
const _errs26 = errors;
const _errs27 = errors;
if(errors === _errs27){
if(typeof data11 === "string"){
if(func1(data11) > 64){
validate31.errors = [{instancePath:instancePath+"/deletion_id",schemaPath:"#/$defs/DeletionId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"}];
return false;
}
else {
if(func1(data11) < 1){
validate31.errors = [{instancePath:instancePath+"/deletion_id",schemaPath:"#/$defs/DeletionId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern9.test(data11)){
validate31.errors = [{instancePath:instancePath+"/deletion_id",schemaPath:"#/$defs/DeletionId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""}];
return false;
}
}
}
}
else {
validate31.errors = [{instancePath:instancePath+"/deletion_id",schemaPath:"#/$defs/DeletionId/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs26 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.report_uid !== undefined){
let data12 = data.report_uid;
const _errs29 = errors;
const _errs30 = errors;
if(errors === _errs30){
if(typeof data12 === "string"){
if(!pattern4.test(data12)){
validate31.errors = [{instancePath:instancePath+"/report_uid",schemaPath:"#/$defs/YandexUid/pattern",keyword:"pattern",params:{pattern: "^[1-9][0-9]{0,31}$"},message:"must match pattern \""+"^[1-9][0-9]{0,31}$"+"\""}];
return false;
}
}
else {
validate31.errors = [{instancePath:instancePath+"/report_uid",schemaPath:"#/$defs/YandexUid/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs29 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.from !== undefined){
let data13 = data.from;
const _errs32 = errors;
const _errs33 = errors;
if(errors === _errs33){
if(errors === _errs33){
if(typeof data13 === "string"){
if(func1(data13) > 64){
validate31.errors = [{instancePath:instancePath+"/from",schemaPath:"#/$defs/DateTime/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"}];
return false;
}
else {
if(!(formats0(data13))){
validate31.errors = [{instancePath:instancePath+"/from",schemaPath:"#/$defs/DateTime/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""}];
return false;
}
}
}
else {
validate31.errors = [{instancePath:instancePath+"/from",schemaPath:"#/$defs/DateTime/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
}
var valid0 = _errs32 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.to !== undefined){
let data14 = data.to;
const _errs35 = errors;
const _errs36 = errors;
if(errors === _errs36){
if(errors === _errs36){
if(typeof data14 === "string"){
if(func1(data14) > 64){
validate31.errors = [{instancePath:instancePath+"/to",schemaPath:"#/$defs/DateTime/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"}];
return false;
}
else {
if(!(formats0(data14))){
validate31.errors = [{instancePath:instancePath+"/to",schemaPath:"#/$defs/DateTime/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""}];
return false;
}
}
}
else {
validate31.errors = [{instancePath:instancePath+"/to",schemaPath:"#/$defs/DateTime/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
}
var valid0 = _errs35 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.attempt !== undefined){
let data15 = data.attempt;
const _errs38 = errors;
const _errs39 = errors;
if(!(((typeof data15 == "number") && (!(data15 % 1) && !isNaN(data15))) && (isFinite(data15)))){
validate31.errors = [{instancePath:instancePath+"/attempt",schemaPath:"#/$defs/Attempt/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
if(errors === _errs39){
if((typeof data15 == "number") && (isFinite(data15))){
if(data15 > 2147483647 || isNaN(data15)){
validate31.errors = [{instancePath:instancePath+"/attempt",schemaPath:"#/$defs/Attempt/maximum",keyword:"maximum",params:{comparison: "<=", limit: 2147483647},message:"must be <= 2147483647"}];
return false;
}
else {
if(data15 < 0 || isNaN(data15)){
validate31.errors = [{instancePath:instancePath+"/attempt",schemaPath:"#/$defs/Attempt/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"}];
return false;
}
}
}
}
var valid0 = _errs38 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
}
}
}
}
}
}
}
else {
validate31.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate31.errors = vErrors;
return errors === 0;
}
validate31.evaluated = {"props":{"yandex_uids":true,"user_ids":true,"phone_ids":true,"personal_phone_ids":true,"personal_email_ids":true,"categories":true,"request_id":true,"deletion_id":true,"report_uid":true,"from":true,"to":true,"attempt":true},"dynamicProps":false,"dynamicItems":false};


function validate30(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ServiceDeleteRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate30.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate31(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate31.errors : vErrors.concat(validate31.errors);
errors = vErrors.length;
}
validate30.errors = vErrors;
return errors === 0;
}
validate30.evaluated = {"props":{"yandex_uids":true,"user_ids":true,"phone_ids":true,"personal_phone_ids":true,"personal_email_ids":true,"categories":true,"request_id":true,"deletion_id":true,"report_uid":true,"from":true,"to":true,"attempt":true},"dynamicProps":false,"dynamicItems":false};

exports.ServiceExportRequest = validate35;
const schema56 = {"$id":"ServiceExportRequest","$ref":"contract#/$defs/ServiceExportRequest"};
const schema57 = {"type":"object","required":["yandex_uids","categories","job_id","upload_url","report_uid","deadline"],"properties":{"yandex_uids":{"$ref":"#/$defs/Accounts"},"user_ids":{"$ref":"#/$defs/IdList"},"phone_ids":{"$ref":"#/$defs/IdList"},"personal_phone_ids":{"$ref":"#/$defs/IdList"},"personal_email_ids":{"$ref":"#/$defs/IdList"},"categories":{"$ref":"#/$defs/AskedCategories"},"request_id":{"$ref":"#/$defs/RequestId"},"job_id":{"$ref":"#/$defs/JobId","description":"The export. To be echoed in the report."},"upload_url":{"description":"Where files are put; the percent-encoded name of the file is to be appended.","type":"string","maxLength":2048,"pattern":"^https?://[!-~]*/files/$"},"report_uid":{"$ref":"#/$defs/YandexUid","description":"What to send as `yandex_uid` in the report."},"deadline":{"$ref":"#/$defs/DateTime","description":"What is uploaded or reported later is not taken any more."}}};
const schema63 = {"description":"The id of an export, a UUID made by the hub. Only its length and alphabet are checked.","type":"string","minLength":1,"maxLength":64,"pattern":"^[!-~]*$"};
const pattern24 = new RegExp("^https?://[!-~]*/files/$", "u");

function validate36(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate36.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((((((data.yandex_uids === undefined) && (missing0 = "yandex_uids")) || ((data.categories === undefined) && (missing0 = "categories"))) || ((data.job_id === undefined) && (missing0 = "job_id"))) || ((data.upload_url === undefined) && (missing0 = "upload_url"))) || ((data.report_uid === undefined) && (missing0 = "report_uid"))) || ((data.deadline === undefined) && (missing0 = "deadline"))){
validate36.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.yandex_uids !== undefined){
const _errs1 = errors;
if(!(validate23(data.yandex_uids, {instancePath:instancePath+"/yandex_uids",parentData:data,parentDataProperty:"yandex_uids",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate23.errors : vErrors.concat(validate23.errors);
errors = vErrors.length;
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.user_ids !== undefined){
let data1 = data.user_ids;
const _errs2 = errors;
const _errs3 = errors;
if(errors === _errs3){
if(Array.isArray(data1)){
if(data1.length > 1000){
validate36.errors = [{instancePath:instancePath+"/user_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid2 = true;
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
let data2 = data1[i0];
const _errs5 = errors;
if(errors === _errs5){
if(typeof data2 === "string"){
if(func1(data2) > 256){
validate36.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data2) < 1){
validate36.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data2)){
validate36.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate36.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid2 = _errs5 === errors;
if(!valid2){
break;
}
}
}
}
else {
validate36.errors = [{instancePath:instancePath+"/user_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.phone_ids !== undefined){
let data3 = data.phone_ids;
const _errs7 = errors;
const _errs8 = errors;
if(errors === _errs8){
if(Array.isArray(data3)){
if(data3.length > 1000){
validate36.errors = [{instancePath:instancePath+"/phone_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid4 = true;
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
let data4 = data3[i1];
const _errs10 = errors;
if(errors === _errs10){
if(typeof data4 === "string"){
if(func1(data4) > 256){
validate36.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data4) < 1){
validate36.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data4)){
validate36.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate36.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid4 = _errs10 === errors;
if(!valid4){
break;
}
}
}
}
else {
validate36.errors = [{instancePath:instancePath+"/phone_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs7 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.personal_phone_ids !== undefined){
let data5 = data.personal_phone_ids;
const _errs12 = errors;
const _errs13 = errors;
if(errors === _errs13){
if(Array.isArray(data5)){
if(data5.length > 1000){
validate36.errors = [{instancePath:instancePath+"/personal_phone_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid6 = true;
const len2 = data5.length;
for(let i2=0; i2<len2; i2++){
let data6 = data5[i2];
const _errs15 = errors;
if(errors === _errs15){
if(typeof data6 === "string"){
if(func1(data6) > 256){
validate36.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data6) < 1){
validate36.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data6)){
validate36.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate36.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid6 = _errs15 === errors;
if(!valid6){
break;
}
}
}
}
else {
validate36.errors = [{instancePath:instancePath+"/personal_phone_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs12 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.personal_email_ids !== undefined){
let data7 = data.personal_email_ids;
const _errs17 = errors;
const _errs18 = errors;
if(errors === _errs18){
if(Array.isArray(data7)){
if(data7.length > 1000){
validate36.errors = [{instancePath:instancePath+"/personal_email_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid8 = true;
const len3 = data7.length;
for(let i3=0; i3<len3; i3++){
let data8 = data7[i3];
const _errs20 = errors;
if(errors === _errs20){
if(typeof data8 === "string"){
if(func1(data8) > 256){
validate36.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data8) < 1){
validate36.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data8)){
validate36.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate36.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid8 = _errs20 === errors;
if(!valid8){
break;
}
}
}
}
else {
validate36.errors = [{instancePath:instancePath+"/personal_email_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs17 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.categories !== undefined){
const _errs22 = errors;
if(!(validate27(data.categories, {instancePath:instancePath+"/categories",parentData:data,parentDataProperty:"categories",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate27.errors : vErrors.concat(validate27.errors);
errors = vErrors.length;
}
var valid0 = _errs22 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.request_id !== undefined){
let data10 = data.request_id;
const _errs23 = errors;
const _errs24 = errors;
if(errors === _errs24){
if(typeof data10 === "string"){
if(func1(data10) > 128){
validate36.errors = [{instancePath:instancePath+"/request_id",schemaPath:"#/$defs/RequestId/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"}];
return false;
}
else {
if(func1(data10) < 1){
validate36.errors = [{instancePath:instancePath+"/request_id",schemaPath:"#/$defs/RequestId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern9.test(data10)){
validate36.errors = [{instancePath:instancePath+"/request_id",schemaPath:"#/$defs/RequestId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""}];
return false;
}
}
}
}
else {
validate36.errors = [{instancePath:instancePath+"/request_id",schemaPath:"#/$defs/RequestId/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs23 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.job_id !== undefined){
let data11 = data.job_id;
const _errs26 = errors;
const _errs27 = errors;
if(errors === _errs27){
if(typeof data11 === "string"){
if(func1(data11) > 64){
validate36.errors = [{instancePath:instancePath+"/job_id",schemaPath:"#/$defs/JobId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"}];
return false;
}
else {
if(func1(data11) < 1){
validate36.errors = [{instancePath:instancePath+"/job_id",schemaPath:"#/$defs/JobId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern9.test(data11)){
validate36.errors = [{instancePath:instancePath+"/job_id",schemaPath:"#/$defs/JobId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""}];
return false;
}
}
}
}
else {
validate36.errors = [{instancePath:instancePath+"/job_id",schemaPath:"#/$defs/JobId/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs26 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.upload_url !== undefined){
let data12 = data.upload_url;
const _errs29 = errors;
if(errors === _errs29){
if(typeof data12 === "string"){
if(func1(data12) > 2048){
validate36.errors = [{instancePath:instancePath+"/upload_url",schemaPath:"#/properties/upload_url/maxLength",keyword:"maxLength",params:{limit: 2048},message:"must NOT have more than 2048 characters"}];
return false;
}
else {
if(!pattern24.test(data12)){
validate36.errors = [{instancePath:instancePath+"/upload_url",schemaPath:"#/properties/upload_url/pattern",keyword:"pattern",params:{pattern: "^https?://[!-~]*/files/$"},message:"must match pattern \""+"^https?://[!-~]*/files/$"+"\""}];
return false;
}
}
}
else {
validate36.errors = [{instancePath:instancePath+"/upload_url",schemaPath:"#/properties/upload_url/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs29 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.report_uid !== undefined){
let data13 = data.report_uid;
const _errs31 = errors;
const _errs32 = errors;
if(errors === _errs32){
if(typeof data13 === "string"){
if(!pattern4.test(data13)){
validate36.errors = [{instancePath:instancePath+"/report_uid",schemaPath:"#/$defs/YandexUid/pattern",keyword:"pattern",params:{pattern: "^[1-9][0-9]{0,31}$"},message:"must match pattern \""+"^[1-9][0-9]{0,31}$"+"\""}];
return false;
}
}
else {
validate36.errors = [{instancePath:instancePath+"/report_uid",schemaPath:"#/$defs/YandexUid/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs31 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.deadline !== undefined){
let data14 = data.deadline;
const _errs34 = errors;
const _errs35 = errors;
if(errors === _errs35){
if(errors === _errs35){
if(typeof data14 === "string"){
if(func1(data14) > 64){
validate36.errors = [{instancePath:instancePath+"/deadline",schemaPath:"#/$defs/DateTime/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"}];
return false;
}
else {
if(!(formats0(data14))){
validate36.errors = [{instancePath:instancePath+"/deadline",schemaPath:"#/$defs/DateTime/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""}];
return false;
}
}
}
else {
validate36.errors = [{instancePath:instancePath+"/deadline",schemaPath:"#/$defs/DateTime/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
}
var valid0 = _errs34 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
}
}
}
}
}
}
else {
validate36.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate36.errors = vErrors;
return errors === 0;
}
validate36.evaluated = {"props":{"yandex_uids":true,"user_ids":true,"phone_ids":true,"personal_phone_ids":true,"personal_email_ids":true,"categories":true,"request_id":true,"job_id":true,"upload_url":true,"report_uid":true,"deadline":true},"dynamicProps":false,"dynamicItems":false};


function validate35(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ServiceExportRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate35.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate36(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate36.errors : vErrors.concat(validate36.errors);
errors = vErrors.length;
}
validate35.errors = vErrors;
return errors === 0;
}
validate35.evaluated = {"props":{"yandex_uids":true,"user_ids":true,"phone_ids":true,"personal_phone_ids":true,"personal_email_ids":true,"categories":true,"request_id":true,"job_id":true,"upload_url":true,"report_uid":true,"deadline":true},"dynamicProps":false,"dynamicItems":false};

exports.ServiceStatusAnswer = validate40;
const schema66 = {"$id":"ServiceStatusAnswer","$ref":"contract#/$defs/ServiceStatusAnswer"};
const schema67 = {"description":"A list by category, or one state for all that were asked. Where both stand, the list counts.","anyOf":[{"$ref":"#/$defs/ServiceStatusByCategory"},{"$ref":"#/$defs/ServiceStatusForAll"}]};
const schema68 = {"type":"object","required":["categories"],"properties":{"categories":{"$ref":"#/$defs/ServiceCategoryStates"},"data_state":{"$ref":"#/$defs/DataState"}}};
const schema72 = {"description":"`empty`: the user has no data here. `ready_to_delete`: there is some. `delete_in_progress`: it is being\ndeleted.\n","type":"string","enum":["empty","ready_to_delete","delete_in_progress"]};
const schema69 = {"type":"array","maxItems":1000,"items":{"$ref":"#/$defs/ServiceCategoryState"}};
const schema70 = {"type":"object","required":["id","data_state"],"properties":{"id":{"$ref":"#/$defs/CategoryId"},"data_state":{"$ref":"#/$defs/DataState"},"denied":{"description":"The service would refuse to delete now.","type":"object","required":["reason"],"properties":{"reason":{"$ref":"#/$defs/Reason"}}}}};
const schema73 = {"description":"Why, as a short code such as `tax_law`, `debt`, `152-FZ` or `6(1)(c)`: at most 64 characters of ASCII letters and\ndigits, `_`, `.`, `:`, `-`, `/`, `(`, `)` and `§`, with a letter among them, which begins with a letter, a digit, `(`\nor `§`. Anything else, and whatever bears the user's uid, is shown as `unspecified`.\n","type":"string","minLength":1,"maxLength":256,"pattern":"^[^\\u0000]*$"};

function validate44(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate44.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((data.id === undefined) && (missing0 = "id")) || ((data.data_state === undefined) && (missing0 = "data_state"))){
validate44.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.id !== undefined){
let data0 = data.id;
const _errs1 = errors;
const _errs2 = errors;
if(errors === _errs2){
if(typeof data0 === "string"){
if(func1(data0) > 64){
validate44.errors = [{instancePath:instancePath+"/id",schemaPath:"#/$defs/CategoryId/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"}];
return false;
}
else {
if(func1(data0) < 1){
validate44.errors = [{instancePath:instancePath+"/id",schemaPath:"#/$defs/CategoryId/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern9.test(data0)){
validate44.errors = [{instancePath:instancePath+"/id",schemaPath:"#/$defs/CategoryId/pattern",keyword:"pattern",params:{pattern: "^[!-~]*$"},message:"must match pattern \""+"^[!-~]*$"+"\""}];
return false;
}
}
}
}
else {
validate44.errors = [{instancePath:instancePath+"/id",schemaPath:"#/$defs/CategoryId/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.data_state !== undefined){
let data1 = data.data_state;
const _errs4 = errors;
if(typeof data1 !== "string"){
validate44.errors = [{instancePath:instancePath+"/data_state",schemaPath:"#/$defs/DataState/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
if(!(((data1 === "empty") || (data1 === "ready_to_delete")) || (data1 === "delete_in_progress"))){
validate44.errors = [{instancePath:instancePath+"/data_state",schemaPath:"#/$defs/DataState/enum",keyword:"enum",params:{allowedValues: schema72.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid0 = _errs4 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.denied !== undefined){
let data2 = data.denied;
const _errs7 = errors;
if(errors === _errs7){
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
let missing1;
if((data2.reason === undefined) && (missing1 = "reason")){
validate44.errors = [{instancePath:instancePath+"/denied",schemaPath:"#/properties/denied/required",keyword:"required",params:{missingProperty: missing1},message:"must have required property '"+missing1+"'"}];
return false;
}
else {
if(data2.reason !== undefined){
let data3 = data2.reason;
const _errs10 = errors;
if(errors === _errs10){
if(typeof data3 === "string"){
if(func1(data3) > 256){
validate44.errors = [{instancePath:instancePath+"/denied/reason",schemaPath:"#/$defs/Reason/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data3) < 1){
validate44.errors = [{instancePath:instancePath+"/denied/reason",schemaPath:"#/$defs/Reason/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data3)){
validate44.errors = [{instancePath:instancePath+"/denied/reason",schemaPath:"#/$defs/Reason/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate44.errors = [{instancePath:instancePath+"/denied/reason",schemaPath:"#/$defs/Reason/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
}
}
}
else {
validate44.errors = [{instancePath:instancePath+"/denied",schemaPath:"#/properties/denied/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs7 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
else {
validate44.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate44.errors = vErrors;
return errors === 0;
}
validate44.evaluated = {"props":{"id":true,"data_state":true,"denied":true},"dynamicProps":false,"dynamicItems":false};


function validate43(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate43.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(Array.isArray(data)){
if(data.length > 1000){
validate43.errors = [{instancePath,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid0 = true;
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
const _errs1 = errors;
if(!(validate44(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate44.errors : vErrors.concat(validate44.errors);
errors = vErrors.length;
}
var valid0 = _errs1 === errors;
if(!valid0){
break;
}
}
}
}
else {
validate43.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
validate43.errors = vErrors;
return errors === 0;
}
validate43.evaluated = {"items":true,"dynamicProps":false,"dynamicItems":false};


function validate42(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate42.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((data.categories === undefined) && (missing0 = "categories")){
validate42.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.categories !== undefined){
const _errs1 = errors;
if(!(validate43(data.categories, {instancePath:instancePath+"/categories",parentData:data,parentDataProperty:"categories",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate43.errors : vErrors.concat(validate43.errors);
errors = vErrors.length;
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.data_state !== undefined){
let data1 = data.data_state;
const _errs2 = errors;
if(typeof data1 !== "string"){
validate42.errors = [{instancePath:instancePath+"/data_state",schemaPath:"#/$defs/DataState/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
if(!(((data1 === "empty") || (data1 === "ready_to_delete")) || (data1 === "delete_in_progress"))){
validate42.errors = [{instancePath:instancePath+"/data_state",schemaPath:"#/$defs/DataState/enum",keyword:"enum",params:{allowedValues: schema72.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
}
}
}
else {
validate42.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate42.errors = vErrors;
return errors === 0;
}
validate42.evaluated = {"props":{"categories":true,"data_state":true},"dynamicProps":false,"dynamicItems":false};

const schema75 = {"type":"object","required":["data_state"],"properties":{"categories":{"$ref":"#/$defs/ServiceCategoryStates"},"data_state":{"$ref":"#/$defs/DataState"}}};

function validate48(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate48.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((data.data_state === undefined) && (missing0 = "data_state")){
validate48.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.categories !== undefined){
const _errs1 = errors;
if(!(validate43(data.categories, {instancePath:instancePath+"/categories",parentData:data,parentDataProperty:"categories",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate43.errors : vErrors.concat(validate43.errors);
errors = vErrors.length;
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.data_state !== undefined){
let data1 = data.data_state;
const _errs2 = errors;
if(typeof data1 !== "string"){
validate48.errors = [{instancePath:instancePath+"/data_state",schemaPath:"#/$defs/DataState/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
if(!(((data1 === "empty") || (data1 === "ready_to_delete")) || (data1 === "delete_in_progress"))){
validate48.errors = [{instancePath:instancePath+"/data_state",schemaPath:"#/$defs/DataState/enum",keyword:"enum",params:{allowedValues: schema72.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
}
}
}
else {
validate48.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate48.errors = vErrors;
return errors === 0;
}
validate48.evaluated = {"props":{"categories":true,"data_state":true},"dynamicProps":false,"dynamicItems":false};


function validate41(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate41.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
const _errs0 = errors;
let valid0 = false;
const _errs1 = errors;
if(!(validate42(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate42.errors : vErrors.concat(validate42.errors);
errors = vErrors.length;
}
var _valid0 = _errs1 === errors;
valid0 = valid0 || _valid0;
if(_valid0){
var props0 = {};
props0.categories = true;
props0.data_state = true;
}
const _errs2 = errors;
if(!(validate48(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate48.errors : vErrors.concat(validate48.errors);
errors = vErrors.length;
}
var _valid0 = _errs2 === errors;
valid0 = valid0 || _valid0;
if(_valid0){
if(props0 !== true){
props0 = props0 || {};
props0.categories = true;
props0.data_state = true;
}
}
if(!valid0){
const err0 = {instancePath,schemaPath:"#/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
validate41.errors = vErrors;
return false;
}
else {
errors = _errs0;
if(vErrors !== null){
if(_errs0){
vErrors.length = _errs0;
}
else {
vErrors = null;
}
}
}
validate41.errors = vErrors;
evaluated0.props = props0;
return errors === 0;
}
validate41.evaluated = {"dynamicProps":true,"dynamicItems":false};


function validate40(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ServiceStatusAnswer" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate40.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate41(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate41.errors : vErrors.concat(validate41.errors);
errors = vErrors.length;
}
else {
var props0 = validate41.evaluated.props;
}
validate40.errors = vErrors;
evaluated0.props = props0;
return errors === 0;
}
validate40.evaluated = {"dynamicProps":true,"dynamicItems":false};

exports.ServiceDeleteAnswer = validate52;
const schema77 = {"$id":"ServiceDeleteAnswer","$ref":"contract#/$defs/ServiceDeleteAnswer"};
const schema78 = {"description":"What became of the data, for every category of the call. Read only with `completion: answer`.","type":"object","properties":{"outcome":{"$ref":"#/$defs/Outcome","description":"Absent means `erased`."},"retained_until":{"$ref":"#/$defs/DateTime"},"reason":{"$ref":"#/$defs/Reason"}}};
const schema79 = {"description":"What became of the data. `erased`: deleted. `anonymized`: kept without a link to the user. `retained`: kept\nbecause the law demands it. `nothing_found`: there was none.\n","type":"string","enum":["erased","anonymized","retained","nothing_found"]};

function validate53(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate53.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.outcome !== undefined){
let data0 = data.outcome;
const _errs1 = errors;
if(typeof data0 !== "string"){
validate53.errors = [{instancePath:instancePath+"/outcome",schemaPath:"#/$defs/Outcome/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
if(!((((data0 === "erased") || (data0 === "anonymized")) || (data0 === "retained")) || (data0 === "nothing_found"))){
validate53.errors = [{instancePath:instancePath+"/outcome",schemaPath:"#/$defs/Outcome/enum",keyword:"enum",params:{allowedValues: schema79.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.retained_until !== undefined){
let data1 = data.retained_until;
const _errs4 = errors;
const _errs5 = errors;
if(errors === _errs5){
if(errors === _errs5){
if(typeof data1 === "string"){
if(func1(data1) > 64){
validate53.errors = [{instancePath:instancePath+"/retained_until",schemaPath:"#/$defs/DateTime/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"}];
return false;
}
else {
if(!(formats0(data1))){
validate53.errors = [{instancePath:instancePath+"/retained_until",schemaPath:"#/$defs/DateTime/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""}];
return false;
}
}
}
else {
validate53.errors = [{instancePath:instancePath+"/retained_until",schemaPath:"#/$defs/DateTime/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
}
var valid0 = _errs4 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.reason !== undefined){
let data2 = data.reason;
const _errs7 = errors;
const _errs8 = errors;
if(errors === _errs8){
if(typeof data2 === "string"){
if(func1(data2) > 256){
validate53.errors = [{instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data2) < 1){
validate53.errors = [{instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data2)){
validate53.errors = [{instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate53.errors = [{instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs7 === errors;
}
else {
var valid0 = true;
}
}
}
}
else {
validate53.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate53.errors = vErrors;
return errors === 0;
}
validate53.evaluated = {"props":{"outcome":true,"retained_until":true,"reason":true},"dynamicProps":false,"dynamicItems":false};


function validate52(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ServiceDeleteAnswer" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate52.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate53(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate53.errors : vErrors.concat(validate53.errors);
errors = vErrors.length;
}
validate52.errors = vErrors;
return errors === 0;
}
validate52.evaluated = {"props":{"outcome":true,"retained_until":true,"reason":true},"dynamicProps":false,"dynamicItems":false};

exports.ServiceExportAnswer = validate55;
const schema82 = {"$id":"ServiceExportAnswer","$ref":"contract#/$defs/ServiceExportAnswer"};
const schema83 = {"description":"That there is nothing, or all files of the service.","anyOf":[{"$ref":"#/$defs/ServiceExportNoData"},{"$ref":"#/$defs/ServiceExportInline"}]};
const schema84 = {"type":"object","required":["status"],"properties":{"status":{"type":"string","const":"no_data"}}};
const schema85 = {"type":"object","required":["status","data"],"properties":{"status":{"type":"string","const":"ok"},"data":{"description":"The content of each file, any JSON value, by the file's name.","type":"object","x-personal-data":true}}};

function validate56(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate56.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
const _errs0 = errors;
let valid0 = false;
const _errs1 = errors;
const _errs2 = errors;
if(errors === _errs2){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((data.status === undefined) && (missing0 = "status")){
const err0 = {instancePath,schemaPath:"#/$defs/ServiceExportNoData/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
else {
if(data.status !== undefined){
let data0 = data.status;
if(typeof data0 !== "string"){
const err1 = {instancePath:instancePath+"/status",schemaPath:"#/$defs/ServiceExportNoData/properties/status/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if("no_data" !== data0){
const err2 = {instancePath:instancePath+"/status",schemaPath:"#/$defs/ServiceExportNoData/properties/status/const",keyword:"const",params:{allowedValue: "no_data"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
}
}
else {
const err3 = {instancePath,schemaPath:"#/$defs/ServiceExportNoData/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
var _valid0 = _errs1 === errors;
valid0 = valid0 || _valid0;
if(_valid0){
var props0 = {};
props0.status = true;
}
const _errs6 = errors;
const _errs7 = errors;
if(errors === _errs7){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing1;
if(((data.status === undefined) && (missing1 = "status")) || ((data.data === undefined) && (missing1 = "data"))){
const err4 = {instancePath,schemaPath:"#/$defs/ServiceExportInline/required",keyword:"required",params:{missingProperty: missing1},message:"must have required property '"+missing1+"'"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
else {
if(data.status !== undefined){
let data1 = data.status;
const _errs9 = errors;
if(typeof data1 !== "string"){
const err5 = {instancePath:instancePath+"/status",schemaPath:"#/$defs/ServiceExportInline/properties/status/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if("ok" !== data1){
const err6 = {instancePath:instancePath+"/status",schemaPath:"#/$defs/ServiceExportInline/properties/status/const",keyword:"const",params:{allowedValue: "ok"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
var valid4 = _errs9 === errors;
}
else {
var valid4 = true;
}
if(valid4){
if(data.data !== undefined){
let data2 = data.data;
const _errs11 = errors;
if(!(data2 && typeof data2 == "object" && !Array.isArray(data2))){
const err7 = {instancePath:instancePath+"/data",schemaPath:"#/$defs/ServiceExportInline/properties/data/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
var valid4 = _errs11 === errors;
}
else {
var valid4 = true;
}
}
}
}
else {
const err8 = {instancePath,schemaPath:"#/$defs/ServiceExportInline/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
var _valid0 = _errs6 === errors;
valid0 = valid0 || _valid0;
if(_valid0){
if(props0 !== true){
props0 = props0 || {};
props0.status = true;
props0.data = true;
}
}
if(!valid0){
const err9 = {instancePath,schemaPath:"#/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
validate56.errors = vErrors;
return false;
}
else {
errors = _errs0;
if(vErrors !== null){
if(_errs0){
vErrors.length = _errs0;
}
else {
vErrors = null;
}
}
}
validate56.errors = vErrors;
evaluated0.props = props0;
return errors === 0;
}
validate56.evaluated = {"dynamicProps":true,"dynamicItems":false};


function validate55(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ServiceExportAnswer" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate55.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate56(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate56.errors : vErrors.concat(validate56.errors);
errors = vErrors.length;
}
else {
var props0 = validate56.evaluated.props;
}
validate55.errors = vErrors;
evaluated0.props = props0;
return errors === 0;
}
validate55.evaluated = {"dynamicProps":true,"dynamicItems":false};

exports.ServiceDenial = validate58;
const schema86 = {"$id":"ServiceDenial","$ref":"contract#/$defs/ServiceDenial"};
const schema87 = {"type":"object","required":["code"],"properties":{"code":{"type":"string","const":"delete_denied"},"reason":{"$ref":"#/$defs/Reason"}}};

function validate59(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate59.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((data.code === undefined) && (missing0 = "code")){
validate59.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.code !== undefined){
let data0 = data.code;
const _errs1 = errors;
if(typeof data0 !== "string"){
validate59.errors = [{instancePath:instancePath+"/code",schemaPath:"#/properties/code/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
if("delete_denied" !== data0){
validate59.errors = [{instancePath:instancePath+"/code",schemaPath:"#/properties/code/const",keyword:"const",params:{allowedValue: "delete_denied"},message:"must be equal to constant"}];
return false;
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.reason !== undefined){
let data1 = data.reason;
const _errs3 = errors;
const _errs4 = errors;
if(errors === _errs4){
if(typeof data1 === "string"){
if(func1(data1) > 256){
validate59.errors = [{instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data1) < 1){
validate59.errors = [{instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern5.test(data1)){
validate59.errors = [{instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate59.errors = [{instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs3 === errors;
}
else {
var valid0 = true;
}
}
}
}
else {
validate59.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate59.errors = vErrors;
return errors === 0;
}
validate59.evaluated = {"props":{"code":true,"reason":true},"dynamicProps":false,"dynamicItems":false};


function validate58(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="ServiceDenial" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate58.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate59(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate59.errors : vErrors.concat(validate59.errors);
errors = vErrors.length;
}
validate58.errors = vErrors;
return errors === 0;
}
validate58.evaluated = {"props":{"code":true,"reason":true},"dynamicProps":false,"dynamicItems":false};

})(connectedService);

export const validateServiceStatusRequest = guard(connectedService.ServiceStatusRequest);
export const validateServiceDeleteRequest = guard(connectedService.ServiceDeleteRequest);
export const validateServiceExportRequest = guard(connectedService.ServiceExportRequest);
export const validateServiceStatusAnswer = guard(connectedService.ServiceStatusAnswer);
export const validateServiceDeleteAnswer = guard(connectedService.ServiceDeleteAnswer);
export const validateServiceExportAnswer = guard(connectedService.ServiceExportAnswer);
export const validateServiceDenial = guard(connectedService.ServiceDenial);
const identity = {};
((exports) => {
"use strict";
exports.IdentityRequest = validate20;
const schema31 = {"$id":"IdentityRequest","$ref":"contract#/$defs/IdentityRequest"};
const schema33 = {"type":"object","required":["yandex_uid","origin"],"properties":{"yandex_uid":{"$ref":"#/$defs/YandexUid"},"origin":{"description":"Who asked for the deletion.","type":"string","enum":["portal","admin"]}}};
const schema34 = {"description":"The user's uid, a decimal number in a string.","type":"string","pattern":"^[1-9][0-9]{0,31}$","x-personal-data":true};
const pattern4 = new RegExp("^[1-9][0-9]{0,31}$", "u");

function validate22(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate22.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((data.yandex_uid === undefined) && (missing0 = "yandex_uid")) || ((data.origin === undefined) && (missing0 = "origin"))){
validate22.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.yandex_uid !== undefined){
let data0 = data.yandex_uid;
const _errs1 = errors;
const _errs2 = errors;
if(errors === _errs2){
if(typeof data0 === "string"){
if(!pattern4.test(data0)){
validate22.errors = [{instancePath:instancePath+"/yandex_uid",schemaPath:"#/$defs/YandexUid/pattern",keyword:"pattern",params:{pattern: "^[1-9][0-9]{0,31}$"},message:"must match pattern \""+"^[1-9][0-9]{0,31}$"+"\""}];
return false;
}
}
else {
validate22.errors = [{instancePath:instancePath+"/yandex_uid",schemaPath:"#/$defs/YandexUid/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin !== undefined){
let data1 = data.origin;
const _errs4 = errors;
if(typeof data1 !== "string"){
validate22.errors = [{instancePath:instancePath+"/origin",schemaPath:"#/properties/origin/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
if(!((data1 === "portal") || (data1 === "admin"))){
validate22.errors = [{instancePath:instancePath+"/origin",schemaPath:"#/properties/origin/enum",keyword:"enum",params:{allowedValues: schema33.properties.origin.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid0 = _errs4 === errors;
}
else {
var valid0 = true;
}
}
}
}
else {
validate22.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate22.errors = vErrors;
return errors === 0;
}
validate22.evaluated = {"props":{"yandex_uid":true,"origin":true},"dynamicProps":false,"dynamicItems":false};


function validate20(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="IdentityRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate20.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate22(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate22.errors : vErrors.concat(validate22.errors);
errors = vErrors.length;
}
validate20.errors = vErrors;
return errors === 0;
}
validate20.evaluated = {"props":{"yandex_uid":true,"origin":true},"dynamicProps":false,"dynamicItems":false};

exports.IdentityAnswer = validate24;
const schema35 = {"$id":"IdentityAnswer","$ref":"contract#/$defs/IdentityAnswer"};
const schema36 = {"type":"object","required":["yandex_uids","complete"],"properties":{"yandex_uids":{"$ref":"#/$defs/Accounts"},"user_ids":{"$ref":"#/$defs/IdList"},"phone_ids":{"$ref":"#/$defs/IdList"},"personal_phone_ids":{"$ref":"#/$defs/IdList"},"personal_email_ids":{"$ref":"#/$defs/IdList"},"complete":{"description":"Whether no identifier is left out.","type":"boolean"}}};
const schema40 = {"description":"Identifiers of one kind. At most 1,000.","type":"array","maxItems":1000,"items":{"type":"string","minLength":1,"maxLength":256,"pattern":"^[^\\u0000]*$","x-personal-data":true},"x-personal-data":true};
const schema37 = {"description":"Every account of the user, the primary one first.","type":"array","minItems":1,"maxItems":1000,"items":{"$ref":"#/$defs/Account"},"x-personal-data":true};
const schema38 = {"type":"object","required":["uid","is_portal"],"properties":{"uid":{"$ref":"#/$defs/YandexUid"},"is_portal":{"description":"Whether this is the account of the portal itself.","type":"boolean"}}};

function validate27(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate27.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((data.uid === undefined) && (missing0 = "uid")) || ((data.is_portal === undefined) && (missing0 = "is_portal"))){
validate27.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.uid !== undefined){
let data0 = data.uid;
const _errs1 = errors;
const _errs2 = errors;
if(errors === _errs2){
if(typeof data0 === "string"){
if(!pattern4.test(data0)){
validate27.errors = [{instancePath:instancePath+"/uid",schemaPath:"#/$defs/YandexUid/pattern",keyword:"pattern",params:{pattern: "^[1-9][0-9]{0,31}$"},message:"must match pattern \""+"^[1-9][0-9]{0,31}$"+"\""}];
return false;
}
}
else {
validate27.errors = [{instancePath:instancePath+"/uid",schemaPath:"#/$defs/YandexUid/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.is_portal !== undefined){
const _errs4 = errors;
if(typeof data.is_portal !== "boolean"){
validate27.errors = [{instancePath:instancePath+"/is_portal",schemaPath:"#/properties/is_portal/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"}];
return false;
}
var valid0 = _errs4 === errors;
}
else {
var valid0 = true;
}
}
}
}
else {
validate27.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate27.errors = vErrors;
return errors === 0;
}
validate27.evaluated = {"props":{"uid":true,"is_portal":true},"dynamicProps":false,"dynamicItems":false};


function validate26(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate26.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(Array.isArray(data)){
if(data.length > 1000){
validate26.errors = [{instancePath,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
if(data.length < 1){
validate26.errors = [{instancePath,schemaPath:"#/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"}];
return false;
}
else {
var valid0 = true;
const len0 = data.length;
for(let i0=0; i0<len0; i0++){
const _errs1 = errors;
if(!(validate27(data[i0], {instancePath:instancePath+"/" + i0,parentData:data,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate27.errors : vErrors.concat(validate27.errors);
errors = vErrors.length;
}
var valid0 = _errs1 === errors;
if(!valid0){
break;
}
}
}
}
}
else {
validate26.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
validate26.errors = vErrors;
return errors === 0;
}
validate26.evaluated = {"items":true,"dynamicProps":false,"dynamicItems":false};

const func1 = lengthOf;
const pattern6 = new RegExp("^[^\\u0000]*$", "u");

function validate25(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate25.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((data.yandex_uids === undefined) && (missing0 = "yandex_uids")) || ((data.complete === undefined) && (missing0 = "complete"))){
validate25.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.yandex_uids !== undefined){
const _errs1 = errors;
if(!(validate26(data.yandex_uids, {instancePath:instancePath+"/yandex_uids",parentData:data,parentDataProperty:"yandex_uids",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate26.errors : vErrors.concat(validate26.errors);
errors = vErrors.length;
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.user_ids !== undefined){
let data1 = data.user_ids;
const _errs2 = errors;
const _errs3 = errors;
if(errors === _errs3){
if(Array.isArray(data1)){
if(data1.length > 1000){
validate25.errors = [{instancePath:instancePath+"/user_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid2 = true;
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
let data2 = data1[i0];
const _errs5 = errors;
if(errors === _errs5){
if(typeof data2 === "string"){
if(func1(data2) > 256){
validate25.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data2) < 1){
validate25.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern6.test(data2)){
validate25.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate25.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid2 = _errs5 === errors;
if(!valid2){
break;
}
}
}
}
else {
validate25.errors = [{instancePath:instancePath+"/user_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.phone_ids !== undefined){
let data3 = data.phone_ids;
const _errs7 = errors;
const _errs8 = errors;
if(errors === _errs8){
if(Array.isArray(data3)){
if(data3.length > 1000){
validate25.errors = [{instancePath:instancePath+"/phone_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid4 = true;
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
let data4 = data3[i1];
const _errs10 = errors;
if(errors === _errs10){
if(typeof data4 === "string"){
if(func1(data4) > 256){
validate25.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data4) < 1){
validate25.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern6.test(data4)){
validate25.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate25.errors = [{instancePath:instancePath+"/phone_ids/" + i1,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid4 = _errs10 === errors;
if(!valid4){
break;
}
}
}
}
else {
validate25.errors = [{instancePath:instancePath+"/phone_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs7 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.personal_phone_ids !== undefined){
let data5 = data.personal_phone_ids;
const _errs12 = errors;
const _errs13 = errors;
if(errors === _errs13){
if(Array.isArray(data5)){
if(data5.length > 1000){
validate25.errors = [{instancePath:instancePath+"/personal_phone_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid6 = true;
const len2 = data5.length;
for(let i2=0; i2<len2; i2++){
let data6 = data5[i2];
const _errs15 = errors;
if(errors === _errs15){
if(typeof data6 === "string"){
if(func1(data6) > 256){
validate25.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data6) < 1){
validate25.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern6.test(data6)){
validate25.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate25.errors = [{instancePath:instancePath+"/personal_phone_ids/" + i2,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid6 = _errs15 === errors;
if(!valid6){
break;
}
}
}
}
else {
validate25.errors = [{instancePath:instancePath+"/personal_phone_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs12 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.personal_email_ids !== undefined){
let data7 = data.personal_email_ids;
const _errs17 = errors;
const _errs18 = errors;
if(errors === _errs18){
if(Array.isArray(data7)){
if(data7.length > 1000){
validate25.errors = [{instancePath:instancePath+"/personal_email_ids",schemaPath:"#/$defs/IdList/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid8 = true;
const len3 = data7.length;
for(let i3=0; i3<len3; i3++){
let data8 = data7[i3];
const _errs20 = errors;
if(errors === _errs20){
if(typeof data8 === "string"){
if(func1(data8) > 256){
validate25.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data8) < 1){
validate25.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern6.test(data8)){
validate25.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate25.errors = [{instancePath:instancePath+"/personal_email_ids/" + i3,schemaPath:"#/$defs/IdList/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid8 = _errs20 === errors;
if(!valid8){
break;
}
}
}
}
else {
validate25.errors = [{instancePath:instancePath+"/personal_email_ids",schemaPath:"#/$defs/IdList/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs17 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.complete !== undefined){
const _errs22 = errors;
if(typeof data.complete !== "boolean"){
validate25.errors = [{instancePath:instancePath+"/complete",schemaPath:"#/properties/complete/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"}];
return false;
}
var valid0 = _errs22 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
}
else {
validate25.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate25.errors = vErrors;
return errors === 0;
}
validate25.evaluated = {"props":{"yandex_uids":true,"user_ids":true,"phone_ids":true,"personal_phone_ids":true,"personal_email_ids":true,"complete":true},"dynamicProps":false,"dynamicItems":false};


function validate24(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="IdentityAnswer" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate24.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate25(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate25.errors : vErrors.concat(validate25.errors);
errors = vErrors.length;
}
validate24.errors = vErrors;
return errors === 0;
}
validate24.evaluated = {"props":{"yandex_uids":true,"user_ids":true,"phone_ids":true,"personal_phone_ids":true,"personal_email_ids":true,"complete":true},"dynamicProps":false,"dynamicItems":false};

})(identity);

export const validateIdentityRequest = guard(identity.IdentityRequest);
export const validateIdentityAnswer = guard(identity.IdentityAnswer);
const portalStorage = {};
((exports) => {
"use strict";
exports.FinishExportRequest = validate20;
const schema31 = {"$id":"FinishExportRequest","$ref":"contract#/$defs/FinishExportRequest"};
const schema33 = {"type":"object","required":["state","services","missing"],"properties":{"state":{"description":"`ready`: the copy is whole. `partial`: some service is missing.","type":"string","enum":["ready","partial"]},"services":{"description":"What was pushed.","type":"array","maxItems":1000,"items":{"$ref":"#/$defs/FinishedService"}},"missing":{"description":"What could not be had.","type":"array","maxItems":1000,"items":{"$ref":"#/$defs/MissingService"}}}};
const schema34 = {"type":"object","required":["service","files","bytes"],"properties":{"service":{"$ref":"#/$defs/ServiceName"},"files":{"type":"integer","minimum":1},"bytes":{"type":"integer","minimum":0}}};
const schema35 = {"description":"The name of a connected service, as configured: 1 to 64 letters, digits, `.`, `_` or `-`, beginning with a letter\nor digit, not digits alone.\n","type":"string","minLength":1,"maxLength":64,"pattern":"^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"};
const func1 = lengthOf;
const pattern4 = new RegExp("^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$", "u");

function validate23(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate23.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((((data.service === undefined) && (missing0 = "service")) || ((data.files === undefined) && (missing0 = "files"))) || ((data.bytes === undefined) && (missing0 = "bytes"))){
validate23.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.service !== undefined){
let data0 = data.service;
const _errs1 = errors;
const _errs2 = errors;
if(errors === _errs2){
if(typeof data0 === "string"){
if(func1(data0) > 64){
validate23.errors = [{instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"}];
return false;
}
else {
if(func1(data0) < 1){
validate23.errors = [{instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern4.test(data0)){
validate23.errors = [{instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/pattern",keyword:"pattern",params:{pattern: "^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"},message:"must match pattern \""+"^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"+"\""}];
return false;
}
}
}
}
else {
validate23.errors = [{instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.files !== undefined){
let data1 = data.files;
const _errs4 = errors;
if(!(((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1))) && (isFinite(data1)))){
validate23.errors = [{instancePath:instancePath+"/files",schemaPath:"#/properties/files/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
if(errors === _errs4){
if((typeof data1 == "number") && (isFinite(data1))){
if(data1 < 1 || isNaN(data1)){
validate23.errors = [{instancePath:instancePath+"/files",schemaPath:"#/properties/files/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"}];
return false;
}
}
}
var valid0 = _errs4 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.bytes !== undefined){
let data2 = data.bytes;
const _errs6 = errors;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
validate23.errors = [{instancePath:instancePath+"/bytes",schemaPath:"#/properties/bytes/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
if(errors === _errs6){
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 < 0 || isNaN(data2)){
validate23.errors = [{instancePath:instancePath+"/bytes",schemaPath:"#/properties/bytes/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"}];
return false;
}
}
}
var valid0 = _errs6 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
else {
validate23.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate23.errors = vErrors;
return errors === 0;
}
validate23.evaluated = {"props":{"service":true,"files":true,"bytes":true},"dynamicProps":false,"dynamicItems":false};

const schema36 = {"type":"object","required":["service","reason"],"properties":{"service":{"$ref":"#/$defs/ServiceName"},"reason":{"$ref":"#/$defs/Reason"}}};
const schema38 = {"description":"Why, as a short code such as `tax_law`, `debt`, `152-FZ` or `6(1)(c)`: at most 64 characters of ASCII letters and\ndigits, `_`, `.`, `:`, `-`, `/`, `(`, `)` and `§`, with a letter among them, which begins with a letter, a digit, `(`\nor `§`. Anything else, and whatever bears the user's uid, is shown as `unspecified`.\n","type":"string","minLength":1,"maxLength":256,"pattern":"^[^\\u0000]*$"};
const pattern6 = new RegExp("^[^\\u0000]*$", "u");

function validate25(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate25.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((data.service === undefined) && (missing0 = "service")) || ((data.reason === undefined) && (missing0 = "reason"))){
validate25.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.service !== undefined){
let data0 = data.service;
const _errs1 = errors;
const _errs2 = errors;
if(errors === _errs2){
if(typeof data0 === "string"){
if(func1(data0) > 64){
validate25.errors = [{instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"}];
return false;
}
else {
if(func1(data0) < 1){
validate25.errors = [{instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern4.test(data0)){
validate25.errors = [{instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/pattern",keyword:"pattern",params:{pattern: "^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"},message:"must match pattern \""+"^(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9_.-]*$"+"\""}];
return false;
}
}
}
}
else {
validate25.errors = [{instancePath:instancePath+"/service",schemaPath:"#/$defs/ServiceName/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.reason !== undefined){
let data1 = data.reason;
const _errs4 = errors;
const _errs5 = errors;
if(errors === _errs5){
if(typeof data1 === "string"){
if(func1(data1) > 256){
validate25.errors = [{instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"}];
return false;
}
else {
if(func1(data1) < 1){
validate25.errors = [{instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern6.test(data1)){
validate25.errors = [{instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/pattern",keyword:"pattern",params:{pattern: "^[^\\u0000]*$"},message:"must match pattern \""+"^[^\\u0000]*$"+"\""}];
return false;
}
}
}
}
else {
validate25.errors = [{instancePath:instancePath+"/reason",schemaPath:"#/$defs/Reason/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs4 === errors;
}
else {
var valid0 = true;
}
}
}
}
else {
validate25.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate25.errors = vErrors;
return errors === 0;
}
validate25.evaluated = {"props":{"service":true,"reason":true},"dynamicProps":false,"dynamicItems":false};


function validate22(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate22.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((((data.state === undefined) && (missing0 = "state")) || ((data.services === undefined) && (missing0 = "services"))) || ((data.missing === undefined) && (missing0 = "missing"))){
validate22.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.state !== undefined){
let data0 = data.state;
const _errs1 = errors;
if(typeof data0 !== "string"){
validate22.errors = [{instancePath:instancePath+"/state",schemaPath:"#/properties/state/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
if(!((data0 === "ready") || (data0 === "partial"))){
validate22.errors = [{instancePath:instancePath+"/state",schemaPath:"#/properties/state/enum",keyword:"enum",params:{allowedValues: schema33.properties.state.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.services !== undefined){
let data1 = data.services;
const _errs3 = errors;
if(errors === _errs3){
if(Array.isArray(data1)){
if(data1.length > 1000){
validate22.errors = [{instancePath:instancePath+"/services",schemaPath:"#/properties/services/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid1 = true;
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
const _errs5 = errors;
if(!(validate23(data1[i0], {instancePath:instancePath+"/services/" + i0,parentData:data1,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate23.errors : vErrors.concat(validate23.errors);
errors = vErrors.length;
}
var valid1 = _errs5 === errors;
if(!valid1){
break;
}
}
}
}
else {
validate22.errors = [{instancePath:instancePath+"/services",schemaPath:"#/properties/services/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs3 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.missing !== undefined){
let data3 = data.missing;
const _errs6 = errors;
if(errors === _errs6){
if(Array.isArray(data3)){
if(data3.length > 1000){
validate22.errors = [{instancePath:instancePath+"/missing",schemaPath:"#/properties/missing/maxItems",keyword:"maxItems",params:{limit: 1000},message:"must NOT have more than 1000 items"}];
return false;
}
else {
var valid2 = true;
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
const _errs8 = errors;
if(!(validate25(data3[i1], {instancePath:instancePath+"/missing/" + i1,parentData:data3,parentDataProperty:i1,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate25.errors : vErrors.concat(validate25.errors);
errors = vErrors.length;
}
var valid2 = _errs8 === errors;
if(!valid2){
break;
}
}
}
}
else {
validate22.errors = [{instancePath:instancePath+"/missing",schemaPath:"#/properties/missing/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs6 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
else {
validate22.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate22.errors = vErrors;
return errors === 0;
}
validate22.evaluated = {"props":{"state":true,"services":true,"missing":true},"dynamicProps":false,"dynamicItems":false};


function validate20(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="FinishExportRequest" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate20.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(!(validate22(data, {instancePath,parentData,parentDataProperty,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate22.errors : vErrors.concat(validate22.errors);
errors = vErrors.length;
}
validate20.errors = vErrors;
return errors === 0;
}
validate20.evaluated = {"props":{"state":true,"services":true,"missing":true},"dynamicProps":false,"dynamicItems":false};

})(portalStorage);

export const validateFinishExportRequest = guard(portalStorage.FinishExportRequest);

export const requestBodies = {
  deleteData: validateDeleteRequest,
  downloadExport: validateDownloadExportRequest,
  setDataStatus: validateSetDataStatusRequest,
  setExportStatus: validateSetExportStatusRequest,
  createDeletion: validateCreateDeletionRequest,
  retryDeletion: validateActRequest,
  cancelDeletion: validateActRequest,
  resolveDeletion: validateResolveRequest,
  retryExport: validateActRequest,
  pauseService: validateActRequest,
  resumeService: validateActRequest,
  checkService: validateActRequest,
  placeHold: validateHoldRequest,
  serviceStatus: validateServiceStatusRequest,
  serviceDelete: validateServiceDeleteRequest,
  serviceExport: validateServiceExportRequest,
  resolveIdentity: validateIdentityRequest,
  finishExport: validateFinishExportRequest,
};

export const queryParameters = {
  getStatus: { request_id: validateRequestId },
  deleteData: { request_id: validateRequestId },
  submitExport: { uid: validateYandexUid, request_id: validateRequestId },
  getExportStatus: { uid: validateYandexUid, job_id: validateJobId },
  listDeletions: { state: validateDeletionState, service: validateServiceName, category: validateCategoryId, older_than: validateAge, uid: validateYandexUid, request_id: validateRequestId, limit: validateListLimit, cursor: validateCursor },
  listExports: { state: validateExportState, service: validateServiceName, older_than: validateAge, uid: validateYandexUid, request_id: validateRequestId, limit: validateListLimit, cursor: validateCursor },
  listStuck: { older_than: validateAge, limit: validateListLimit, cursor: validateCursor },
  listServices: { limit: validateListLimit, cursor: validateCursor },
  listHolds: { uid: validateYandexUid, limit: validateListLimit, cursor: validateCursor },
  releaseHold: { reason: validateActReason },
};
