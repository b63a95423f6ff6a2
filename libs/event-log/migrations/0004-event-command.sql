-- A command is recorded once per stream, however often it is sent.
CREATE UNIQUE INDEX event_command ON event (command_id, stream) WHERE command_index = 0;
