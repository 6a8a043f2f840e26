package schema

import (
	"regexp"
	"strings"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// reader builds a Contract and collects what is wrong.
type reader struct {
	contract *Contract
	files    []protoreflect.FileDescriptor // the contract's own
	problems []Problem

	errorEnum  protoreflect.EnumDescriptor
	requestIDs []protoreflect.FieldDescriptor
}

var (
	roleName = regexp.MustCompile(`^([a-z][a-z0-9-]{1,31}|(\*|[a-z][a-z0-9-]{1,31})@([a-z][a-z0-9-]{1,31}|\{[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}\}))$`)
	itemName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	// methodName is what buf's style asks for, and what makes an exported name in
	// generated code.
	methodName = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,62}$`)
)

// extension returns an option of d, or nil when it is not set.
func extension[T proto.Message](d protoreflect.Descriptor, ext protoreflect.ExtensionType) (option T, ok bool) {
	options := d.Options()
	if options == nil || !options.ProtoReflect().IsValid() || !proto.HasExtension(options, ext) {
		return option, false
	}
	option, ok = proto.GetExtension(options, ext).(T)
	return option, ok
}

func (r *reader) read() {
	for _, file := range r.files {
		if file.Syntax() != protoreflect.Proto3 {
			r.add(file, "a contract's files are proto3", `write syntax = "proto3";`)
		}
		services := file.Services()
		for i := range services.Len() {
			r.readService(services.Get(i))
		}
		enums := file.Enums()
		for i := range enums.Len() {
			r.readEnum(enums.Get(i))
		}
		r.readMessages(file.Messages(), true)
	}
	if r.contract.Descriptor == nil && len(r.problems) == 0 {
		text, hint := "no service is declared to be a contract", "add option (chancery.contract.v1.contract) = {title: \"…\"}; to the service"
		if len(r.files) > 0 {
			r.add(r.files[len(r.files)-1], text, hint)
		} else {
			r.problems = append(r.problems, Problem{Text: text, Hint: hint})
		}
		return
	}
	r.checkNumbers()
	r.checkPlaces()
	r.checkRequestIDs()
	r.checkValues()
}

func (r *reader) readService(s protoreflect.ServiceDescriptor) {
	option, ok := extension[*contractv1.ContractOptions](s, contractv1.E_Contract)
	if !ok {
		r.add(s, "a service that is not declared to be a contract", "add option (chancery.contract.v1.contract), or move the service to a file that the contract does not import")
		return
	}
	if r.contract.Descriptor != nil {
		r.add(s, "a second contract; a set holds exactly one", "put it into a .proto of its own that this one does not import")
		return
	}
	c := r.contract
	c.Descriptor, c.Service = s, string(s.FullName())
	c.Title, c.TitleZH = option.GetTitle(), option.GetTitleZh()
	c.Description, c.DescriptionZH = option.GetDescription(), option.GetDescriptionZh()
	methods := s.Methods()
	if methods.Len() == 0 {
		r.add(s, "a contract without methods", "declare one")
	}
	for i := range methods.Len() {
		r.readMethod(methods.Get(i))
	}
}

// readMessages looks for collections, events and error enums. Collections and
// events stand at the top of a file, where generated code names them simply.
func (r *reader) readMessages(messages protoreflect.MessageDescriptors, top bool) {
	for i := range messages.Len() {
		m := messages.Get(i)
		collection, isCollection := extension[*contractv1.CollectionOptions](m, contractv1.E_Collection)
		_, isEvent := extension[*contractv1.EventOptions](m, contractv1.E_Event)
		switch {
		case !top && (isCollection || isEvent):
			r.add(m, "a collection or event inside another message", "move it to the top of the file")
		case isCollection && isEvent:
			r.add(m, "a message that is both a collection's value and an event", "declare two messages")
		case isCollection:
			r.readCollection(m, collection)
		case isEvent:
			r.readEvent(m)
		}
		for j := range m.Fields().Len() {
			field := m.Fields().Get(j)
			option, ok := extension[*contractv1.FieldOptions](field, contractv1.E_Field)
			if ok && option.GetIndexed() && !isEvent {
				r.add(field, "indexed is for fields of events", "declare an index of the collection, or make the message an event")
			}
			if ok {
				r.checkRules(field, option)
			}
		}
		for j := range m.Enums().Len() {
			if _, ok := extension[*contractv1.ErrorOptions](m.Enums().Get(j), contractv1.E_Errors); ok {
				r.add(m.Enums().Get(j), "an error enum inside a message", "move it to the top of the file")
			}
		}
		r.readMessages(m.Messages(), false)
	}
}

func (r *reader) readEvent(m protoreflect.MessageDescriptor) {
	event := Event{Name: string(m.FullName()), Descriptor: m}
	for i := range m.Fields().Len() {
		field := m.Fields().Get(i)
		option, _ := extension[*contractv1.FieldOptions](field, contractv1.E_Field)
		if !option.GetIndexed() {
			continue
		}
		if !keyField(field) && field.Kind() != protoreflect.BoolKind || field.IsList() {
			r.add(field, "an event cannot be found by a field of this type", "index a string, bytes, integer, enum or bool that is not repeated or optional")
		}
		event.Indexed = append(event.Indexed, string(field.Name()))
	}
	r.contract.Events = append(r.contract.Events, event)
}

func fieldNames(m protoreflect.MessageDescriptor) string {
	var names []string
	for i := range m.Fields().Len() {
		names = append(names, string(m.Fields().Get(i).Name()))
		if i == 19 {
			names = append(names, "…")
			break
		}
	}
	return strings.Join(names, ", ")
}

func quote(text string) string { return `"` + shorten(text) + `"` }

// shorten cuts what a stranger may have written at length.
func shorten(text string) string {
	if len(text) > 64 {
		return strings.ToValidUTF8(text[:64], "") + "…"
	}
	return text
}
