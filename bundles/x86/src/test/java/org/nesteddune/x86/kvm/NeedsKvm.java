package org.nesteddune.x86.kvm;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tests that run guests on KVM: reported as skipped, with the reason, where the host has none for us. */
@Target(ElementType.TYPE)
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsKvm.Condition.class)
@interface NeedsKvm {

    /** Asks the engine itself. */
    final class Condition implements ExecutionCondition {

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            String refusal = TestGuest.refusal();
            return refusal == null
                    ? ConditionEvaluationResult.enabled("KVM is there")
                    : ConditionEvaluationResult.disabled(refusal);
        }
    }
}
