package schema

import (
	"regexp"
	"strings"

	contractv1 "github.com/chancery-chain/chancery/api/gen/chancery/contract/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// reader builds a Contract and collects what is wrong.
type reader struct {
	contract *Contract
	files    []protoreflect.FileDescriptor // the contract's own
	problems []Problem

	errorEnum protoreflect.EnumDescriptor
}

var (
	roleName = regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}(@[a-z][a-z0-9-]{1,31})?$`)
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
	methods := s.Methods()
	if methods.Len() == 0 {
		r.add(s, "a contract without methods", "declare one")
	}
	for i := range methods.Len() {
		r.readMethod(methods.Get(i))
	}
}

func (r *reader) readMethod(m protoreflect.MethodDescriptor) {
	option, _ := extension[*contractv1.MethodOptions](m, contractv1.E_Method)
	method := Method{
		Name: string(m.Name()), Kind: KindExecute, Roles: option.GetRoles(),
		Input: m.Input(), Output: m.Output(), Descriptor: m,
	}
	if !methodName.MatchString(method.Name) {
		r.add(m, "method name "+quote(method.Name), "begin with a capital letter and use letters and digits, for example \"Anchor\"")
	}
	if m.IsStreamingClient() || m.IsStreamingServer() {
		r.add(m, "a method of a contract cannot stream", "take out the word stream; return a page and a token instead")
	}
	options, _ := m.Options().(*descriptorpb.MethodOptions)
	query := options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
	special := option.GetInit() || option.GetMigrate()
	switch {
	case option.GetInit() && option.GetMigrate():
		r.add(m, "a method that is both init and migrate", "declare two methods")
	case special && query:
		r.add(m, "init and migrate write, a query does not", "take out idempotency_level")
	case special && len(method.Roles) > 0:
		r.add(m, "init and migrate take no roles", "take the roles out: the platform decides who may deploy and upgrade")
	case query:
		method.Kind = KindQuery
	case option.GetInit():
		method.Kind = KindInit
	case option.GetMigrate():
		method.Kind = KindMigrate
	}
	if method.Kind == KindInit || method.Kind == KindMigrate {
		if _, second := r.contract.Special(method.Kind); second {
			r.add(m, "a second "+method.Kind.String()+" method", "keep one")
		}
	}
	seen := map[string]bool{}
	for _, role := range method.Roles {
		if !roleName.MatchString(role) {
			r.add(m, "role "+quote(role)+" is no role name", `write for example "clerk" or "clerk@housing"`)
		}
		if seen[role] {
			r.add(m, "role "+quote(role)+" stands twice", "take one out")
		}
		seen[role] = true
	}
	r.contract.Methods = append(r.contract.Methods, method)
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
			if option, ok := extension[*contractv1.FieldOptions](field, contractv1.E_Field); ok && option.GetIndexed() && !isEvent {
				r.add(field, "indexed is for fields of events", "declare an index of the collection, or make the message an event")
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

func (r *reader) readCollection(m protoreflect.MessageDescriptor, option *contractv1.CollectionOptions) {
	c := Collection{Name: option.GetName(), Number: uint16(option.GetNumber()), Value: m}
	if !itemName.MatchString(c.Name) {
		r.add(m, "collection name "+quote(c.Name), "use a-z, 0-9 and _, for example \"records\"")
	}
	if option.GetNumber() < 1 || option.GetNumber() > 65535 {
		r.add(m, "a collection needs a number from 1 to 65535", "take the next that was never used")
	}
	c.Key = r.keyFields(m, option.GetKey(), "key")
	if len(option.GetKey()) == 0 && len(option.GetIndexes()) > 0 {
		r.add(m, "a collection of one value has no indexes", "give it a key")
	}
	if len(option.GetIndexes()) > maxIndexes {
		r.add(m, "more than 16 indexes", "each is written with every Set: keep those that a method reads")
	}
	names, numbers := map[string]bool{}, map[uint32]bool{}
	for _, index := range option.GetIndexes() {
		if !itemName.MatchString(index.GetName()) {
			r.add(m, "index name "+quote(index.GetName()), "use a-z, 0-9 and _, for example \"by_owner\"")
		}
		if index.GetNumber() < 1 || index.GetNumber() > 255 {
			r.add(m, "index "+quote(index.GetName())+" needs a number from 1 to 255", "take the next that was never used")
		}
		if names[index.GetName()] || numbers[index.GetNumber()] {
			r.add(m, "index "+quote(index.GetName())+" has a name or number that another index has", "give each its own")
		}
		names[index.GetName()], numbers[index.GetNumber()] = true, true
		if len(index.GetFields()) == 0 {
			r.add(m, "index "+quote(index.GetName())+" has no fields", "name at least one")
		}
		c.Indexes = append(c.Indexes, Index{
			Name: index.GetName(), Number: uint8(index.GetNumber()), Unique: index.GetUnique(),
			Fields: r.keyFields(m, index.GetFields(), "index "+quote(index.GetName())),
		})
	}
	r.contract.Collections = append(r.contract.Collections, c)
}

// keyFields finds the fields of a key or an index.
func (r *reader) keyFields(m protoreflect.MessageDescriptor, names []string, where string) []protoreflect.FieldDescriptor {
	if len(names) > maxKeyFields {
		r.add(m, where+" has more than 8 fields", "keep the leading ones")
	}
	var fields []protoreflect.FieldDescriptor
	seen := map[string]bool{}
	for _, name := range names {
		field := m.Fields().ByName(protoreflect.Name(name))
		switch {
		case field == nil:
			r.add(m, where+" names field "+quote(name)+", which the message does not have", "fields are "+fieldNames(m))
			continue
		case seen[name]:
			r.add(m, where+" names field "+quote(name)+" twice", "take one out")
		case !keyField(field):
			r.add(field, "a field of this type cannot be part of a key or an index", "use a string, bytes, integer or enum that is not repeated, optional or in a oneof")
		}
		seen[name] = true
		fields = append(fields, field)
	}
	return fields
}

// keyField reports whether a field can be part of a key.
func keyField(field protoreflect.FieldDescriptor) bool {
	return partOf(field) != 0 && !field.IsList() && !field.IsMap() && field.ContainingOneof() == nil
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

func quote(text string) string {
	if len(text) > 64 {
		text = text[:64] + "…"
	}
	return `"` + text + `"`
}
