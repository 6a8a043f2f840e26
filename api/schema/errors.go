package schema

import (
	"maps"
	"slices"
	"strings"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// FirstSDKError is the smallest code that belongs to the SDK and not to a
// contract.
const FirstSDKError = 60000

// Error is an error that a contract declares, or one of the SDK's own.
type Error struct {
	Code uint32
	// Name as in the enum, for example "ERROR_NOT_FOUND".
	Name string
	// ConnectCode is the Connect code that a client sees, for example "not_found".
	ConnectCode string
	// Message and MessageZH are sentences for people in which "{field}" stands for
	// a field of the details.
	Message, MessageZH string
	// Details is the message that the error carries, or nil.
	Details protoreflect.MessageDescriptor
}

// connectCodes are the codes of the Connect protocol.
var connectCodes = map[string]bool{
	"canceled": true, "unknown": true, "invalid_argument": true, "deadline_exceeded": true,
	"not_found": true, "already_exists": true, "permission_denied": true, "resource_exhausted": true,
	"failed_precondition": true, "aborted": true, "out_of_range": true, "unimplemented": true,
	"internal": true, "unavailable": true, "data_loss": true, "unauthenticated": true,
}

// sdkErrors are the errors that package sdk of the contracts answers with.
var sdkErrors = []Error{
	{Code: 60000, Name: "INTERNAL", ConnectCode: "internal", Message: "The contract made a mistake.", MessageZH: "合约内部错误。"},
	{Code: 60001, Name: "UNKNOWN_METHOD", ConnectCode: "unimplemented", Message: "The contract has no such method.", MessageZH: "合约没有该方法。"},
	{Code: 60002, Name: "WRONG_KIND", ConnectCode: "failed_precondition", Message: "The method is not called this way.", MessageZH: "不能以此方式调用该方法。"},
	{Code: 60003, Name: "BAD_REQUEST", ConnectCode: "invalid_argument", Message: "The request does not decode.", MessageZH: "请求无法解码。"},
	{Code: 60004, Name: "MISSING_ROLE", ConnectCode: "permission_denied", Message: "The origin has none of the roles that the method needs.", MessageZH: "发起账户缺少该方法所需的角色。"},
	{Code: 60005, Name: "BAD_PAGE", ConnectCode: "invalid_argument", Message: "The page token belongs to another list, or the limit is above 100.", MessageZH: "分页标记不属于该列表，或每页条数超过 100。"},
	{Code: 60006, Name: "DUPLICATE", ConnectCode: "already_exists", Message: "Another entry has these fields, which must be unique.", MessageZH: "已有条目具有相同的唯一字段。", Details: detailsOf(&contractv1.DuplicateEntry{})},
	{Code: 60007, Name: "CORRUPT_STATE", ConnectCode: "data_loss", Message: "A stored value of the contract does not decode.", MessageZH: "合约存储的值无法解码。"},
	{Code: 60008, Name: "CALL_FAILED", ConnectCode: "failed_precondition", Message: "A contract that this one called failed.", MessageZH: "被调用的合约执行失败。", Details: detailsOf(&contractv1.FailedCall{})},
	{Code: 60009, Name: "BAD_RESPONSE", ConnectCode: "internal", Message: "The response of a called contract does not decode.", MessageZH: "被调用合约的响应无法解码。"},
	{Code: 60010, Name: "INVALID_FIELD", ConnectCode: "invalid_argument", Message: "Field {field} breaks its rule {rule}: {want}.", MessageZH: "字段 {field} 不符合规则 {rule}：{want}。", Details: detailsOf(&contractv1.BrokenRule{})},
	{Code: 60011, Name: "BROKEN_RULE", ConnectCode: "internal", Message: "The contract made a value that breaks a rule: Field {field} breaks its rule {rule}: {want}.", MessageZH: "合约生成的值不合规则：字段 {field} 不符合规则 {rule}：{want}。", Details: detailsOf(&contractv1.BrokenRule{})},
	{Code: 60012, Name: "NEEDS_ACCOUNT", ConnectCode: "unauthenticated", Message: "The method needs an account: sign a permit.", MessageZH: "该方法需要账户身份，请签署许可。"},
	{Code: 60013, Name: "WRONG_CALLER", ConnectCode: "permission_denied", Message: "The method may not be called by this caller.", MessageZH: "该调用方无权调用此方法。"},
	{Code: 60014, Name: "NO_ENTRY", ConnectCode: "not_found", Message: "The sequence has no entry of this number.", MessageZH: "序列中没有该编号的条目。"},
	{Code: 60015, Name: "REPLAYED", ConnectCode: "already_exists", Message: "The request id {request_id} was used before, at height {height}.", MessageZH: "请求编号 {request_id} 已在高度 {height} 使用过。", Details: detailsOf(&contractv1.ReplayedRequest{})},
}

func detailsOf(m proto.Message) protoreflect.MessageDescriptor { return m.ProtoReflect().Descriptor() }

// Error returns what is known about a code that the contract answered with.
func (c *Contract) Error(code uint32) (e *Error, ok bool) {
	for _, list := range [][]Error{c.Errors, sdkErrors} {
		for i := range list {
			if list[i].Code == code {
				return &list[i], true
			}
		}
	}
	return nil, false
}

// Sentence returns the error's sentence with the details' fields filled in, in
// Chinese when zh is true and there is one. Details that do not decode leave the
// placeholders standing.
func (e *Error) Sentence(details []byte, zh bool) string {
	text := e.Message
	if zh && e.MessageZH != "" {
		text = e.MessageZH
	}
	if e.Details == nil {
		return text
	}
	message := dynamicpb.NewMessage(e.Details)
	if err := (proto.UnmarshalOptions{Resolver: optionTypes, RecursionLimit: maxNesting}).Unmarshal(details, message); err != nil {
		return text
	}
	for _, field := range placeholders(e.Details, text) {
		text = strings.ReplaceAll(text, "{"+string(field.Name())+"}", message.Get(field).String())
	}
	return text
}

// placeholders returns the fields that text refers to.
func placeholders(details protoreflect.MessageDescriptor, text string) []protoreflect.FieldDescriptor {
	var fields []protoreflect.FieldDescriptor
	for i := range details.Fields().Len() {
		if field := details.Fields().Get(i); strings.Contains(text, "{"+string(field.Name())+"}") {
			fields = append(fields, field)
		}
	}
	return fields
}

func (r *reader) readEnum(e protoreflect.EnumDescriptor) {
	if _, ok := extension[*contractv1.ErrorOptions](e, contractv1.E_Errors); !ok {
		return
	}
	if r.errorEnum != nil {
		r.add(e, "a second error enum", "a contract declares its errors in one")
		return
	}
	r.errorEnum = e
	if options, _ := e.Options().(*descriptorpb.EnumOptions); options.GetAllowAlias() {
		r.add(e, "error numbers cannot have two names", "take out allow_alias")
		return
	}
	for i := range e.Values().Len() {
		value := e.Values().Get(i)
		option, described := extension[*contractv1.ErrorValueOptions](value, contractv1.E_Error)
		if value.Number() == 0 {
			if described {
				r.add(value, "number 0 is no error", "take out its option and use numbers from 1")
			}
			continue
		}
		r.readError(value, option)
	}
}

func (r *reader) readError(value protoreflect.EnumValueDescriptor, option *contractv1.ErrorValueOptions) {
	if value.Number() < 0 || value.Number() >= FirstSDKError {
		r.add(value, "error numbers are 1 to 59999", "take the next that was never used")
		return
	}
	e := Error{
		Code: uint32(value.Number()), Name: string(value.Name()), ConnectCode: option.GetConnectCode(),
		Message: option.GetMessage(), MessageZH: option.GetMessageZh(),
	}
	if e.ConnectCode == "" {
		e.ConnectCode = "failed_precondition"
	}
	if !connectCodes[e.ConnectCode] {
		r.add(value, "connect_code "+quote(e.ConnectCode)+" is none of Connect's codes",
			Meant(e.ConnectCode, slices.Sorted(maps.Keys(connectCodes)), "they are "+strings.Join(slices.Sorted(maps.Keys(connectCodes)), ", ")))
	}
	if e.Message == "" {
		r.add(value, "an error needs a message", `add [(chancery.contract.v1.error) = {message: "…"}]`)
	}
	if name := option.GetDetails(); name != "" {
		e.Details = value.ParentFile().Messages().ByName(protoreflect.Name(name))
		if e.Details == nil {
			r.add(value, "details "+quote(name)+" is no message at the top of this file", Meant(name, messageList(value.ParentFile()), "declare it there"))
			r.contract.Errors = append(r.contract.Errors, e)
			return // without details no placeholder names a field
		}
	}
	for _, text := range []string{e.Message, e.MessageZH} {
		r.checkPlaceholders(value, e.Details, text)
	}
	r.contract.Errors = append(r.contract.Errors, e)
}

// checkPlaceholders looks for "{name}" that stands for nothing.
func (r *reader) checkPlaceholders(value protoreflect.EnumValueDescriptor, details protoreflect.MessageDescriptor, text string) {
	for {
		_, rest, found := strings.Cut(text, "{")
		if !found {
			return
		}
		name, after, found := strings.Cut(rest, "}")
		if !found {
			return
		}
		text = after
		var field protoreflect.FieldDescriptor
		if details != nil {
			field = details.Fields().ByName(protoreflect.Name(name))
		}
		if field == nil || !keyField(field) || field.Kind() == protoreflect.BytesKind || field.Kind() == protoreflect.EnumKind {
			hint := "name the message in details, or write the sentence without it"
			if details != nil {
				hint = Meant(name, fieldList(details), "name one, or write the sentence without it")
			}
			r.add(value, "placeholder {"+shorten(name)+"} names no string or integer field of the details", hint)
		}
	}
}
