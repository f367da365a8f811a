CREATE TABLE "deletion_aliases" (
	"subject" uuid NOT NULL,
	"deletion_id" uuid NOT NULL,
	CONSTRAINT "deletion_aliases_subject_deletion_id_pk" PRIMARY KEY("subject","deletion_id")
);
